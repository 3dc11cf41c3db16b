"""The report for a person at a terminal: verdict, stages, findings in place, remedies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from alma_safe.formats.base import clean, fault, shown
from alma_safe.formats.excerpt import excerpt
from alma_safe.report import DesignReport, Finding, Report, Severity, StageResult, Status, Verdict
from alma_safe.text import visible

_MAX_ERRORS = 20
_MAX_WARNINGS = 10
"""Findings shown per design; how many more there are is said."""

_SNIPPET_LIMIT = 8_000
_VALUE_LIMIT = 300

_COLORS = {
    "accepted": "32",
    "passed": "32",
    "partial": "33",
    "warning": "33",
    "skipped": "2",
    "rejected": "1;31",
    "failed": "1;31",
    "error": "1;31",
    "hint": "36",
    "bold": "1",
}


class TextFormat:
    """What ``alma-safe verify`` prints. Readable without colours."""

    name = "text"

    def render(self, report: Report, *, color: bool = False) -> str:
        """Return one block per design and, for several designs, a line that counts them."""
        paint = _Paint(color)
        blocks = ["\n".join(_design(design, paint)) for design in report.designs]
        if len(report.designs) > 1:
            blocks.append(summary(report))
        return "\n\n".join(blocks or [report.nothing_due or "error: no design was judged"]) + "\n"


def summary(report: Report) -> str:
    """Count the verdicts in one line: ``12 designs: 11 accepted, 1 rejected``."""
    if not report.designs and report.nothing_due:
        return report.nothing_due
    counts = Counter(design.verdict for design in report.designs)
    total = len(report.designs)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return f"{total} design{'s' if total != 1 else ''}: {', '.join(parts) or 'nothing judged'}"


class _Paint:
    """Colours words when asked to; the words carry the meaning alone."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self._enabled else text


def _design(design: DesignReport, paint: _Paint) -> Iterator[str]:
    verdict = design.verdict
    seconds = sum(stage.duration_s for stage in design.stages)
    path = paint(visible(design.path), "bold")
    when = "judged before" if design.reused else _seconds(seconds)
    yield (
        f"{paint(verdict.value, verdict.value)}  {path}"
        f"  (policy {visible(design.policy.name)}, {when})"
    )
    for stage in design.stages:
        yield _stage(stage, paint)
    if reason := fault(design):
        yield f"  {reason}"
    yield from _findings(design, Severity.ERROR, paint)
    yield from _findings(design, Severity.WARNING, paint)


def _stage(stage: StageResult, paint: _Paint) -> str:
    status = paint(f"{stage.status.value:<7}", stage.status.value)
    line = f"  {visible(stage.name):<10}  {status}"
    if stage.status is not Status.SKIPPED:
        line += f"  {_seconds(stage.duration_s):>8}  {_count(stage.checks, 'check')}"
        line += "".join(f", {note}" for note in _usage(stage.usage))
    return line.rstrip()


def _usage(usage: Mapping[str, object]) -> Iterator[str]:
    """The measured facts that a person wants beside a stage, where the stage has them."""
    cpu, memory = usage.get("cpu_s"), usage.get("peak_memory_bytes")
    if isinstance(cpu, int | float):
        yield f"{_seconds(cpu)} CPU"
    if isinstance(memory, int) and memory > 0:
        yield f"{memory / 2**20:.0f} MiB"
    if isinstance(seed := usage.get("seed"), int):
        yield f"seed {seed}"
    if isinstance(chroma := usage.get("chroma"), str) and chroma != "none":
        yield f"chroma {visible(chroma, 80)}"
    for key in ("degraded", "unfinished"):
        names = usage.get(key)
        if isinstance(names, list | tuple) and names:
            yield f"{key}: " + " ".join(visible(str(name), 80) for name in names)


def _findings(design: DesignReport, severity: Severity, paint: _Paint) -> Iterator[str]:
    chosen = [finding for finding in design.findings if finding.severity is severity]
    limit = _MAX_ERRORS if severity is Severity.ERROR else _MAX_WARNINGS
    for finding in chosen[:limit]:
        if severity is Severity.ERROR:
            yield ""
            yield from _error(finding, design, paint)
        else:
            yield f"  {_headline(finding, design, paint)}"
    if len(chosen) > limit:
        more = _count(len(chosen) - limit, f"more {severity.value}")
        yield f"  ... {more}; --format json has all"


def _headline(finding: Finding, design: DesignReport, paint: _Paint) -> str:
    label = paint(f"{finding.severity.value}[{visible(finding.rule, 80)}]", finding.severity.value)
    place = ""
    if finding.line > 0:
        column = f":{finding.column}" if finding.column > 0 else ""
        place = f"{visible(design.path)}:{finding.line}{column}: "
    return f"{label} {place}{shown(finding.message)}"


def _error(finding: Finding, design: DesignReport, paint: _Paint) -> Iterator[str]:
    head, *rest = _headline(finding, design, paint).split("\n")
    yield f"  {head}"
    yield from _indented(rest)
    if finding.line > 0 and (place := excerpt(design.source, finding.line, finding.column)):
        yield from _indented(place.split("\n"))
    yield from _evidence(finding)
    if finding.hint:
        first, *others = shown(finding.hint).split("\n")
        yield f"    {paint('hint:', 'hint')} {first}"
        yield from _indented(others, 10)


def _evidence(finding: Finding) -> Iterator[str]:
    for key, value in finding.evidence.items():
        if key == "frames":
            yield from _frames(value)
            continue
        if isinstance(value, str) and value and finding.rule.endswith(f".{value}"):
            # The code of a tool, which the rule's id says already.
            continue
        if isinstance(value, str) and (key == "snippet" or "\n" in value):
            yield f"    {'to see it happen' if key == 'snippet' else visible(str(key), 80)}:"
            yield from _indented(shown(value.strip("\n"), _SNIPPET_LIMIT).split("\n"), 6)
        elif isinstance(value, Mapping):
            pairs = ", ".join(f"{visible(str(k), 80)} {_value(v)}" for k, v in value.items())
            yield f"    {visible(str(key), 80)}: {pairs}"
        else:
            yield f"    {visible(str(key), 80)}: {_value(value)}"


def _frames(value: object) -> Iterator[str]:
    """The design's own frames of a traceback, outermost first."""
    frames = value if isinstance(value, list) else []
    shown_frames = [
        f"{visible(str(frame[1]), 80)} line {frame[0]}"
        for frame in frames
        if isinstance(frame, list) and len(frame) == 2
    ]
    if shown_frames:
        yield f"    called: {' > '.join(shown_frames)}"


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(clean(value), ensure_ascii=False)
    return visible(text, _VALUE_LIMIT)


def _indented(lines: Iterable[str], width: int = 4) -> Iterator[str]:
    for line in lines:
        yield f"{' ' * width}{line}".rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
