"""Report -> Feedback: what a repairer reads, person or model.

The first blocking cause in full: rule, place, source, shrunk call, remedy. Then the
rest as a list. Everything that a design or a guest said is neutralised, and stands between
fences that the text inside cannot close: messages, evidence, source, and advice that names
what a design has written. Outside there are only our own words: a model that repairs takes
them for what it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from alma_safe.report import DesignReport, Finding
from alma_safe.text import fenced, visible
from alma_safe.verifier.catalogue import rules

_CONTEXT = 3
_MAX_OTHERS = 12
_LINE_LIMIT = 160
_MAX_MESSAGE = 600
_MAX_ADVICE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What stands between a design and acceptance. ``cause`` is None when nothing does."""

    stage: str
    cause: Finding | None
    others: tuple[Finding, ...]
    source: str

    @classmethod
    def of(cls, report: DesignReport) -> Feedback:
        """Pick the first blocking finding, in stage order, and list the rest."""
        for stage in report.stages:
            for finding in stage.findings:
                if finding.blocks:
                    others = tuple(other for other in report.findings if other is not finding)
                    ranked = sorted(others, key=lambda other: not other.blocks)
                    return cls(
                        stage=stage.name,
                        cause=finding,
                        others=tuple(ranked),
                        source=report.source,
                    )
        return cls(stage="", cause=None, others=report.findings, source=report.source)

    def render(self) -> str:
        """Return the feedback as plain text."""
        if self.cause is None:
            parts = ["Nothing blocks this design."]
        else:
            parts = [f"The design was refused by the stage {self.stage}.", *_full(self)]
        if self.others:
            shown = [_line(finding) for finding in self.others[:_MAX_OTHERS]]
            parts += ["Also found:", fenced("\n".join(shown), "text")]
            if len(self.others) > _MAX_OTHERS:
                parts.append(f"and {len(self.others) - _MAX_OTHERS} more")
        return "\n".join(parts) + "\n"


def _full(feedback: Feedback) -> list[str]:
    cause = feedback.cause
    assert cause is not None
    rule = rules().get(cause.rule)
    place = f" (line {cause.line})" if cause.line else ""
    title = f": {rule.title}" if rule is not None else ""
    parts = [f"{cause.rule}{place}{title}", fenced(cause.message, "text", _MAX_MESSAGE)]
    shown = excerpt(feedback.source, cause.line)
    if shown:
        parts += ["Source:", fenced(shown, "text")]
    snippet = cause.evidence.get("snippet")
    if isinstance(snippet, str):
        parts += ["The calls that show it:", fenced(snippet, "text", 6000)]
    counters = cause.evidence.get("counters")
    if isinstance(counters, dict):
        listed = [f"{key}={value}" for key, value in counters.items() if value is not None]
        parts += ["Measured:", fenced(", ".join(listed), "text", _MAX_MESSAGE)]
    if cause.hint:
        ours = rule is not None and cause.hint == rule.remedy
        parts += (
            [f"What to do: {cause.hint}"]
            if ours
            else ["What to do:", fenced(cause.hint, "text", _MAX_ADVICE)]
        )
    return parts


def excerpt(source: str, line: int, context: int = _CONTEXT) -> str:
    """Return the lines around ``line`` (from 1), numbered, the line itself marked."""
    # The same line ends as Python's tokenizer: not those of str.splitlines.
    lines = source.replace("\r\n", "\n").split("\n")
    if not 1 <= line <= len(lines):
        return ""
    first, last = max(1, line - context), min(len(lines), line + context)
    return "\n".join(
        f"{'>' if number == line else ' '} {number:4} | {visible(lines[number - 1], _LINE_LIMIT)}"
        for number in range(first, last + 1)
    )


def _line(finding: Finding) -> str:
    place = f" line {finding.line}" if finding.line else ""
    return f"- {finding.severity.value} {finding.rule}{place}: {visible(finding.message, 300)}"
