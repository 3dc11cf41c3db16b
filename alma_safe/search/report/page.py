"""A run as one HTML file."""

from __future__ import annotations

from pathlib import Path

from alma_safe.formats.page import page
from alma_safe.search.archive import Reader
from alma_safe.search.report.drawing import HEIGHT, WIDTH, curve, tree
from alma_safe.search.report.facts import gathered

_TEMPLATE = Path(__file__).with_name("page.html")


def rendered(archive: Reader) -> str:
    """Return the report of a run as HTML."""
    facts = gathered(archive)
    return page(
        _TEMPLATE,
        facts=facts,
        tree=tree(facts.candidates, facts.outcome.winner if facts.outcome else ""),
        curve=curve(facts.candidates, facts.baseline),
        width=WIDTH,
        height=HEIGHT,
    )
