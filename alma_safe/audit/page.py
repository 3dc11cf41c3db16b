"""An audit as one HTML file and as text. Escaping is the template engine's, and on for all."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alma_safe import __version__
from alma_safe.audit.audit import Audit
from alma_safe.text import visible
from alma_safe.verifier.feedback import Feedback

_FOLDER = Path(__file__).parent
_STYLE = _FOLDER.parent / "search" / "report" / "page.css"
_POLICY = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")
_MAX_SHOWN = 300_000


def html(audit: Audit) -> str:
    """Return one page that loads nothing and runs nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    style = _STYLE.read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    environment.filters["tojson_shown"] = lambda value: _shown(json.dumps(value), 2_000)
    points = audit.behaviour.points if audit.behaviour is not None else ()
    return environment.get_template("page.html").render(
        audit=audit,
        version=__version__,
        feedback=Feedback.of(audit.report).render(),
        most=max((point.memory_bytes for point in points), default=0) or 1,
        style=style,
        policy="; ".join((*_POLICY, f"style-src 'sha256-{digest}'")),
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
        yield _shown(Feedback.of(report).render(), 20_000).rstrip()
    if audit.manifest:
        shape = audit.manifest["shape"]
        yield ""
        yield f"can do: {', '.join(f'{_told(k)} {_told(v)}' for k, v in shape.items())}"
        yield f"imports: {visible(', '.join(audit.manifest['imports']), 600)}"
        found = audit.manifest["models"]
        models = [f"line {each['line']} ({_told(each['kind'])})" for each in found]
        yield f"asks models: {', '.join(models) or 'never'}"
    if audit.behaviour is not None:
        yield ""
        yield "episodes   memory grown   bytes of an answer"
        for point in audit.behaviour.points:
            grown = f"{point.memory_bytes / 1024:,.0f} KiB"
            yield f"{point.episodes:8} {grown:>14} {point.answer_bytes:20,}"
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


def _told(value: Any) -> str:
    shown = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    return visible(shown, 100)


def _shown(value: object, limit: int = _MAX_SHOWN) -> str:
    return visible(str(value), limit, newlines=True)
