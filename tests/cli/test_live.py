from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from alma_safe.cli.live import Lines, View, told, watching
from alma_safe.search.archive import Archive
from alma_safe.search.records import State
from tests.search.makers import candidate, judgement, proposal, settings

EVIL = "evil\x1b[31m[bold]note"


def shown(view: View) -> str:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(view.rendered())
    return console.export_text()


def test_the_view_says_where_candidates_are_what_is_best_and_what_was_refused(
    tmp_path: Path,
) -> None:
    with Archive.create(tmp_path, settings()) as archive:
        view = View(archive, 7)
        view.said("no memory scores 0.300")
        view.step(1, ["0.0", "0.0"])
        view.at("1.0", "in the gate")
        advance = view.phase("1.1", 12)
        advance()
        now = shown(view)
        assert "step 1 of 7" in now
        assert "1.0: in the gate" in now
        assert "1.1: 1/12 episodes" in now
        assert "no memory scores 0.300" in now

        archive.put_proposal(proposal(1, 0), [])
        archive.put_judgement(judgement(1, 0, 0, "S101"))
        ended = [
            candidate("1.0", State.REJECTED, score=None, note=EVIL),
            candidate("1.1", score=0.75, difference=0.45, parent="0.0"),
        ]
        archive.end_step(ended)
        for each in ended:
            view.ended(each)
        now = shown(view)
        assert "best: 1.1 from 0.0 evaluated 0.750 (+0.450 against no memory)" in now
        assert "refused for: S101 1" in now
        assert "\x1b" not in now
        assert "[bold]" in now


def test_without_a_terminal_there_are_plain_lines(tmp_path: Path, capsys: object) -> None:
    with Archive.create(tmp_path, settings()) as archive, watching(archive, 1) as watch:
        assert isinstance(watch, Lines)
        watch.ended(candidate("1.0", note=EVIL))
        watch.phase("x", 3)()
    err = capsys.readouterr().err  # type: ignore[attr-defined]
    assert "1.0 evaluated 0.500" in err
    assert "\x1b" not in err


def test_a_candidate_is_told_in_one_line() -> None:
    assert told(candidate("2.1", State.UNPROPOSED, score=None, note="why")) == (
        "2.1 unproposed: why"
    )
