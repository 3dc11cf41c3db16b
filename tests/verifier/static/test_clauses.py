"""Every clause of a rule is needed: small pieces of code, each of which hangs on one of them.

``tests/assets/static/clauses/S309.txt`` holds pieces that S309 has to refuse or to inform
about, whatever other rules say; ``accepted.txt`` pieces that no rule minds. ``###`` parts them.
Each is put behind a sound design, unless it says that it is a whole one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alma_safe.report import StageResult
from alma_safe.verifier.static import catalogue
from tests.verifier.static.conftest import DESIGN, judge_all

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "static" / "clauses"
PIECES = {
    path.stem: path.read_text(encoding="utf-8").rstrip("\n").split("\n###\n")
    for path in sorted(FOLDER.glob("*.txt"))
}
WHOLE = "# a whole design\n"


def source(piece: str) -> bytes:
    text = piece if piece.startswith(WHOLE) else f"{DESIGN}\n{piece}"
    return f"{text}\n".encode()


@pytest.fixture(scope="module")
def judged() -> dict[str, StageResult]:
    """All pieces, judged by one stage."""
    pieces = [piece for found in PIECES.values() for piece in found]
    return dict(zip(pieces, judge_all(map(source, pieces)), strict=True))


@pytest.mark.parametrize("rules", [name for name in PIECES if name != "accepted"])
def test_every_piece_is_seen_by_its_rule(rules: str, judged: dict[str, StageResult]) -> None:
    unseen = [
        piece
        for piece in PIECES[rules]
        if not {finding.rule for finding in judged[piece].findings}.issuperset(rules.split("+"))
    ]
    assert unseen == []


def test_no_rule_minds_an_accepted_piece(judged: dict[str, StageResult]) -> None:
    minded = {
        piece: rules
        for piece in PIECES["accepted"]
        if (rules := [f.rule for f in judged[piece].findings if f.blocks or f.rule[0] == "S"])
    }
    assert minded == {}


def test_pieces_are_of_rules_that_exist_and_different() -> None:
    known = {rule.id for rule in catalogue.RULES}
    assert {rule for name in PIECES if name != "accepted" for rule in name.split("+")} <= known
    pieces = [piece for found in PIECES.values() for piece in found]
    assert len(set(pieces)) == len(pieces) > 500
