"""The report as workflow commands of GitHub Actions: annotations at the lines of a change.

Source: GitHub Docs, Workflow commands for GitHub Actions.
"""

from __future__ import annotations

from alma_safe.formats.base import fault
from alma_safe.report import DesignReport, Finding, Report, StageResult, Status
from alma_safe.text import visible

_MESSAGE = 1_000


class GithubFormat:
    """One annotation for each finding, one notice for each accepted design."""

    name = "github"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return one command on each line."""
        lines = [line for design in report.designs for line in _design(design)]
        if not report.designs and report.nothing_due:
            lines.append(_command("notice", {}, report.nothing_due))
        elif not report.designs:
            lines.append(_command("error", {}, "no design was judged"))
        return "\n".join(lines) + "\n"


def _design(design: DesignReport) -> list[str]:
    lines = [
        _finding(design, stage, finding) for stage in design.stages for finding in stage.findings
    ]
    for stage in design.stages:
        if stage.status is Status.ERROR and not stage.findings:
            told = f"the stage {stage.name} could not judge"
            lines.append(_command("error", _place(design, 0, 0, "alma-safe"), told))
    if reason := fault(design):
        lines.append(_command("error", _place(design, 0, 0, "alma-safe"), reason))
    told = f"{design.verdict.value} by the policy {design.policy.name}"
    lines.append(_command("notice", _place(design, 0, 0, "alma-safe"), told))
    return lines


def _finding(design: DesignReport, stage: StageResult, finding: Finding) -> str:
    title = f"{stage.name}: {visible(finding.rule, 80)}"
    told = visible(finding.message, _MESSAGE)
    if finding.hint:
        told += f"\n{visible(finding.hint, _MESSAGE)}"
    kind = "error" if finding.blocks else "warning"
    return _command(kind, _place(design, finding.line, finding.column, title), told)


def _place(design: DesignReport, line: int, column: int, title: str) -> dict[str, str]:
    found = {"file": visible(design.path)}
    if line > 0:
        found["line"] = str(line)
    if column > 0:
        found["col"] = str(column)
    return {**found, "title": title}


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind}{' ' if listed else ''}{listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
