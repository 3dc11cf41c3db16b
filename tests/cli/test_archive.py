"""``alma-safe archive`` on runs made without games."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.search.fakes import FakeProposer
from tests.search.test_loop import searched


def test_where_a_design_broke_is_shown_with_its_line(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    source = "# BROKEN\n#\nodd = 1  # \x1b[31m\n"
    searched(tmp_path / "run", FakeProposer(lambda brief, n: source), steps=0)
    code, out, _ = run("archive", "show", tmp_path / "run", "0.0")
    assert code == 0
    assert "note: in general_update, line 3: raised: no\n" in out
    assert "broke in general_update, line 3: raised\n  3: odd = 1  # \\x1b[31m\n" in out
