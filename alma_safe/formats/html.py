"""The report as one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from alma_safe.formats.base import clean, fault
from alma_safe.formats.excerpt import excerpt
from alma_safe.formats.page import page
from alma_safe.formats.text import summary
from alma_safe.report import DesignReport, Finding, Report, Verdict

_TEMPLATE = Path(__file__).with_name("report.html")
_MAX_DESIGNS = 400
"""Designs whose findings are shown; the table has all of them."""


class HtmlFormat:
    """For a review ticket, or a folder of a build's artefacts."""

    name = "html"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return the page."""
        counts = Counter(design.verdict for design in report.designs)
        made = page(
            _TEMPLATE,
            report=report,
            summary=summary(report),
            counts=[(verdict.value, counts[verdict]) for verdict in Verdict if counts[verdict]],
            told=[_told(number, each) for number, each in enumerate(report.designs)][:_MAX_DESIGNS],
        )
        return made.rstrip() + "\n"


def _told(number: int, design: DesignReport) -> dict[str, object]:
    findings = sorted(design.findings, key=lambda finding: not finding.blocks)
    return {
        "number": number,
        "design": design,
        "fault": fault(design),
        "findings": [
            {
                "it": finding,
                "excerpt": excerpt(design.source, finding.line, finding.column),
                "evidence": _evidence(finding),
            }
            for finding in findings
        ],
    }


def _evidence(finding: Finding) -> list[tuple[str, object]]:
    found = clean(finding.evidence)
    return sorted(found.items()) if isinstance(found, dict) else []
