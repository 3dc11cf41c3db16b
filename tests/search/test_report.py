from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from lxml import html

from alma_safe.cli import main
from alma_safe.search.archive import Archive, Reader
from alma_safe.search.confirmation import Compared, Outcome
from alma_safe.search.records import State
from alma_safe.search.report.drawing import colour, curve, tree
from alma_safe.search.report.page import rendered
from tests.search.fakes import FakeProposer
from tests.search.makers import candidate, judgement, measured, proposal, settings
from tests.search.test_loop import searched

EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m`'\""


@pytest.fixture
def page(tmp_path: Path) -> str:
    searched(tmp_path / "run", FakeProposer(), steps=5)
    with Reader.read(tmp_path / "run") as archive:
        return rendered(archive)


def test_a_page_is_whole_and_loads_and_runs_nothing(page: str) -> None:
    document = html.document_fromstring(page)
    assert not document.xpath("//script|//link|//img|//iframe|//object|//form|//*[@style]")
    assert not document.xpath("//@*[starts-with(name(), 'on')]")
    assert all(link.startswith("#") for link in document.xpath("//@href"))
    assert not document.xpath("//@src")
    [policy] = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_every_link_leads_to_a_place_of_the_page(page: str) -> None:
    document = html.document_fromstring(page)
    places = {f"#{each}" for each in document.xpath("//@id")} | {"#"}
    assert set(document.xpath("//@href")) <= places


def test_every_candidate_has_a_page_and_a_place_in_the_tree(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(), steps=5)
    with Reader.read(tmp_path) as archive:
        names = [each.name for each in archive.candidates()]
        document = html.document_fromstring(rendered(archive))
    assert len(document.xpath("//section")) == len(names)
    told = " ".join(document.xpath("//svg//title/text()"))
    assert all(f"{name}: " in told for name in names)


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    with Archive.create(tmp_path, settings(domain=EVIL, meta_model=EVIL, proposer="openai")) as run:
        digest = run.put_source(EVIL.encode())
        run.put_evaluation(measured("", {EVIL: 0.0}))
        run.begin_step(0, [""])
        reflection = {"suggested_changes": [{"priority": EVIL, "what": EVIL, "why": EVIL}]}
        run.put_reflection(0, 0, {"reflection": reflection, "note": EVIL}, [])
        detail = {"mutations": [{"did": EVIL}], "seed": EVIL, "prompt": EVIL, "reply": EVIL}
        run.put_proposal(proposal(0, 0, digest=digest, detail=detail), [])
        run.put_judgement(judgement(0, 0, 0, EVIL, feedback=EVIL))
        failure = {"text": EVIL, "line": 1, "ending": EVIL, "during": EVIL}
        run.put_evaluation(measured(digest, {EVIL: 1.0}, failure=failure))
        run.end_step(
            [candidate("0.0", digest=digest, note=EVIL, descriptors={EVIL: EVIL, "stores": [EVIL]})]
        )
        against = (Compared(other=EVIL, score=0.0, mean=0.0, low=0.0, high=0.0),)
        outcome = Outcome(steps=0, winner="0.0", digest=digest, against=against, stopped=EVIL)
        run.put_fact("outcome.0", outcome.to_json())
        page = rendered(run)
    document = html.document_fromstring(page)
    assert not document.xpath("//script|//img")
    assert page.count("alert(1)") > 10
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_what_a_stranger_wrote_into_an_archive_is_shown_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parents, origins, verdicts: nobody but us writes them, unless a folder came from elsewhere."""
    with Archive.create(tmp_path, settings()) as run:
        digest = run.put_source(b"x = 1\n")
        run.begin_step(0, [""])
        run.put_proposal(proposal(0, 0, digest=digest), [])
        run.put_judgement(judgement(0, 0, 0, "S101"))
        run.end_step([candidate("0.0", digest=digest)])
    with contextlib.closing(sqlite3.connect(tmp_path / "archive.sqlite")) as base, base:
        evil = EVIL + "\n::error::x"
        base.execute("UPDATE candidates SET parent=?", (evil,))
        base.execute("UPDATE proposals SET origin=?, digest=?", (evil, evil))
        base.execute("UPDATE judgements SET verdict=?", (evil,))
    assert main.run(["archive", "list", str(tmp_path)]) == 0
    assert main.run(["archive", "show", str(tmp_path), "0.0"]) == 0
    with Reader.read(tmp_path) as archive:
        page = rendered(archive)
    told = capsys.readouterr().out
    assert "alert(1)" in told
    for text in (told, page):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
    assert not html.document_fromstring(page).xpath("//script|//img")


def test_a_run_that_has_hardly_begun_can_be_looked_at(tmp_path: Path) -> None:
    with Archive.create(tmp_path, settings()) as archive:
        assert "has not ended" in rendered(archive)


def test_a_run_in_which_nothing_survived_says_so(tmp_path: Path) -> None:
    searched(tmp_path, FakeProposer(lambda b, n: f"# BAD {b.step} {n}"), steps=1)
    with Reader.read(tmp_path) as archive:
        page = rendered(archive)
    assert "No design survived" in page
    assert "S101" in page


def test_the_line_of_the_winner_is_marked() -> None:
    found = [
        candidate("0.0"),
        candidate("0.1"),
        candidate("1.0", parent="0.1"),
        candidate("2.0", State.REJECTED, parent="1.0", score=None),
    ]
    drawn = tree(found, "1.0")
    assert [node.candidate.name for node in drawn.nodes if node.line] == ["0.1", "1.0"]
    assert [bool(node.fill) for node in drawn.nodes] == [True, True, True, False]


def test_the_curve_goes_up_in_stairs_and_never_down() -> None:
    found = [candidate(f"0.{n}", score=score) for n, score in enumerate((0.2, 0.6, 0.4, 0.9))]
    drawn = curve(found, 0.3)
    heights = [float(y) for y in re.findall(r"V([\d.]+)", drawn.best)]
    assert heights == sorted(heights, reverse=True)
    assert drawn.baseline is not None
    assert curve([], None).points == ()


def test_colours_get_lighter_with_the_score() -> None:
    shades = [sum(bytes.fromhex(colour(n / 20)[1:])) for n in range(21)]
    assert shades == sorted(shades)
