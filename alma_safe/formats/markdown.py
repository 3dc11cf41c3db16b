"""The report as Markdown: a table of designs, then what was found, for summaries of jobs."""

from __future__ import annotations

import re

from alma_safe.formats.base import fault
from alma_safe.report import DesignReport, Finding, Report, StageResult
from alma_safe.text import visible

_MESSAGE = 400
_CALLS = re.compile(r"[@#!%~$&]\w|\w@|:/|www\.|GH-\d", re.IGNORECASE)
"""What viewers make links and calls of: addresses, ``@name``, ``#1``, ``!1``, ``~label``."""

_SPECIAL = "\\`*_{}[]<>()#+-.!|~&$@"


class MarkdownFormat:
    """For the summary of a job, and for comments."""

    name = "markdown"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return the whole report."""
        accepted = sum(design.verdict.value == "accepted" for design in report.designs)
        if not report.designs and report.nothing_due:
            return f"## alma-safe\n\n{_text(report.nothing_due)}.\n"
        lines = [
            "## alma-safe",
            "",
            f"{accepted} of {len(report.designs)} designs accepted.",
            "",
            "| design | verdict | stages | findings |",
            "|---|---|---|---|",
            *(_row(design) for design in report.designs),
        ]
        for design in report.designs:
            lines += _found(design)
        return "\n".join(lines) + "\n"


def _row(design: DesignReport) -> str:
    stages = ", ".join(f"{stage.name} {stage.status.value}" for stage in design.stages)
    blocking = sum(finding.blocks for finding in design.findings)
    others = len(design.findings) - blocking
    found = f"{blocking} blocking, {others} others" if design.findings else ""
    return f"| {_text(design.path)} | {design.verdict.value} | {stages} | {found} |"


def _found(design: DesignReport) -> list[str]:
    told = [_finding(stage, finding) for stage in design.stages for finding in stage.findings]
    if reason := fault(design):
        told.append(f"- {reason}")
    return ["", f"### {_text(design.path)}", "", *told] if told else []


def _finding(stage: StageResult, finding: Finding) -> str:
    place = f", line {finding.line}" if finding.line > 0 else ""
    hint = f" *{_text(finding.hint)}*" if finding.hint else ""
    kind = "**refused**" if finding.blocks else "warning"
    return f"- {kind} {stage.name} {_text(finding.rule)}{place}: {_text(finding.message)}{hint}"


def _text(text: str) -> str:
    """Text of a design as text: nothing in it is markup, a link, or a name that is called."""
    shown = visible(text, _MESSAGE)
    if _CALLS.search(shown):
        # Escapes are gone before links and names are looked for; in code nobody looks.
        return f"<code>{''.join(_entity(char) for char in shown)}</code>"
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in shown)


def _entity(char: str) -> str:
    return char if char.isalnum() or char in " ,-()" else f"&#{ord(char)};"
