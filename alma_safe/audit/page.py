"""An audit as one HTML file and as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alma_safe import __version__
from alma_safe.audit.audit import Audit
from alma_safe.audit.behaviour import Behaviour
from alma_safe.formats.page import page, shown
from alma_safe.text import visible
from alma_safe.verifier.feedback import Feedback

_TEMPLATE = Path(__file__).with_name("page.html")


def html(audit: Audit) -> str:
    """Return one page that loads nothing and runs nothing."""
    points = audit.behaviour.points if audit.behaviour is not None else ()
    return page(
        _TEMPLATE,
        audit=audit,
        version=__version__,
        feedback=Feedback.of(audit.report).render(),
        most=max((point.memory_bytes for point in points), default=0) or 1,
    )


def text(audit: Audit) -> str:
    """Return the audit for a terminal, ending in a newline."""
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    report = audit.report
    policy = visible(report.policy.name, 80)
    yield f"{report.verdict.value}  {visible(report.path, 400)}  (policy {policy})"
    yield from (f"  {stage.name:11} {stage.status.value}" for stage in report.stages)
    yield ""
    yield from (f"- {visible(risk, 600)}" for risk in audit.risks)
    if report.verdict.value != "accepted":
        yield ""
        yield shown(Feedback.of(report).render(), 20_000).rstrip()
    if audit.manifest:
        shape = audit.manifest["shape"]
        yield ""
        yield f"can do: {', '.join(f'{_told(k)} {_told(v)}' for k, v in shape.items())}"
        yield f"imports: {visible(', '.join(audit.manifest['imports']), 600)}"
        found = audit.manifest["models"]
        models = [f"line {each['line']} ({_told(each['kind'])})" for each in found]
        yield f"asks models: {', '.join(models) or 'never'}"
    else:
        yield ""
        yield "can do: not read"
    if audit.behaviour is not None:
        yield ""
        yield "episodes   memory grown   bytes of an answer"
        for point in audit.behaviour.points:
            grown = f"{point.memory_bytes / 1024:,.0f} KiB"
            yield f"{point.episodes:8} {grown:>14} {point.answer_bytes:20,}"
        yield from _syscalls(audit.behaviour)
        yield f"observations word for word: {audit.behaviour.verbatim:.0%}"
        for each in audit.behaviour.suspicions:
            yield f"suspicious ({visible(each.kind, 80)}): {visible(each.text, 400)}"
    if audit.change is not None:
        change = audit.change
        yield ""
        yield f"since {visible(change.path, 400)}: {change.diff.count(chr(10))} lines of diff"
        if change.asked:
            yield f"{change.answers} of {change.asked} answers on the same workload differ"
        yield from (f"  {visible(line, 200)}" for line in change.manifest)


def _syscalls(seen: Behaviour) -> Iterator[str]:
    if seen.syscalls.reason:
        yield f"system calls: not counted, {visible(seen.syscalls.reason, 200)}"
        return
    beyond = [f"{_told(name)} {seen.syscalls.calls[name]}" for name in seen.beyond]
    yield f"system calls beyond a memory that does nothing: {', '.join(beyond) or 'none'}"
    failed = [f"{_told(name)} {count}" for name, count in seen.syscalls.failed.items()]
    yield f"refused or failed: {', '.join(failed) or 'none'}"


def _told(value: Any) -> str:
    shown = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    return visible(shown, 100)
