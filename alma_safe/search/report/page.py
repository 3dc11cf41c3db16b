"""Facts -> one HTML file. Escaping is the template engine's, and on for everything."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alma_safe.search.archive import Reader
from alma_safe.search.report.drawing import HEIGHT, WIDTH, curve, tree
from alma_safe.search.report.facts import gathered
from alma_safe.text import visible

_FOLDER = Path(__file__).parent
_MAX_SHOWN = 300_000

_POLICY = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")
"""Nothing may be loaded and nothing may run; the one style of the page is let through."""


def rendered(archive: Reader) -> str:
    """Return the report of a run as HTML."""
    facts = gathered(archive)
    style = (_FOLDER / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    environment.filters["anchor"] = lambda name: "d-" + str(name).replace(".", "-")
    return environment.get_template("page.html").render(
        facts=facts,
        tree=tree(facts.candidates, facts.outcome.winner if facts.outcome else ""),
        curve=curve(facts.candidates, facts.baseline),
        style=style,
        policy="; ".join((*_POLICY, f"style-src 'sha256-{digest}'")),
        width=WIDTH,
        height=HEIGHT,
    )


def _shown(value: object, limit: int = _MAX_SHOWN) -> str:
    return visible(str(value), limit, newlines=True)
