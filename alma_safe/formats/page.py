"""One HTML page of a template: no script, nothing loaded, everything escaped.

The policy of the page forbids all but its one style, so that text of a design has
nothing to break into.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from alma_safe.text import visible

_STYLE = Path(__file__).with_name("page.css")
_POLICY = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")
_MAX_SHOWN = 300_000
_MAX_ENTRY = 2_000


def page(template: Path, **values: object) -> str:
    """Fill a template, which has ``style``, ``policy`` and the filters ``shown`` and others."""
    # Costs more to import than most commands take.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    style = _STYLE.read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        # For what a template shows without a filter.
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    environment.filters["entry"] = lambda value: shown(json.dumps(value), _MAX_ENTRY)
    environment.filters["anchor"] = lambda name: "d-" + str(name).replace(".", "-")
    return environment.get_template(template.name).render(
        style=style, policy="; ".join((*_POLICY, f"style-src 'sha256-{digest}'")), **values
    )


def _finalized(value: object) -> object:
    # Markup is what our own templates made, and is no plain string.
    return shown(value) if type(value) is str else value


def shown(value: object, limit: int = _MAX_SHOWN) -> str:
    """Text of a design or a guest, with nothing invisible in it; escaping comes after."""
    return visible(str(value), limit, newlines=True)
