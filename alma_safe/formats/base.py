"""What a format is, and the cleaning that all formats share.

A report carries words of designs and guests. Whatever they hold, a format's output
stays valid in its own grammar and shows nothing invisible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from alma_safe.report import DesignReport, Report, Status
from alma_safe.text import visible

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

TEXT_LIMIT = 16_384
"""Characters kept of one string in a machine-readable format."""

_MAX_DEPTH = 32

# JSON knows no integer size, but its readers do: past this they lose digits or give up.
_MAX_INTEGER = 2**53


class Format(Protocol):
    """One way to show a report. Rendering never raises, whatever the findings say."""

    @property
    def name(self) -> str:
        """The name on the command line."""

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return the whole report, ending in a line feed.

        ``color`` asks for terminal colours; formats for machines ignore it.
        """


def shown(text: str, limit: int = TEXT_LIMIT) -> str:
    """Neutralise text that may have several lines."""
    return visible(text, limit, newlines=True)


def clean(value: object, depth: int = 0) -> Json:
    """Return ``value`` as plain JSON: finite, with nothing invisible in it.

    What JSON cannot say (NaN, huge integers, other objects) becomes a string.
    """
    match value:
        case None | bool():
            return value
        case str():
            return shown(value)
        case int():
            return int(value) if abs(value) <= _MAX_INTEGER else hex(value)[:TEXT_LIMIT]
        case float():
            return float(value) if math.isfinite(value) else str(value)
        case _ if depth >= _MAX_DEPTH:
            return "..."
        case Mapping():
            return {shown(str(key)): clean(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [clean(item, depth + 1) for item in value]
        case _:
            return shown(str(value))


def fault(design: DesignReport) -> str:
    """Say why a design has the verdict ``error`` although no stage has that status, or ''."""
    if design.verdict.value != "error":
        return ""
    if any(stage.status is Status.ERROR for stage in design.stages):
        return ""
    return "no stage was executed, so nothing is known about this design"
