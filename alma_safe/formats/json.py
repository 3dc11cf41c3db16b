"""The report as JSON, ``alma-safe/report/v1``: see ``report.schema.json``."""

from __future__ import annotations

import json

from alma_safe.formats.base import clean
from alma_safe.report import Report


class JsonFormat:
    """The whole report, for programs."""

    name = "json"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return one JSON object in plain ASCII."""
        return json.dumps(clean(report.to_json()), indent=2, allow_nan=False) + "\n"
