from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.formats.excerpt import excerpt, source_line


def test_caret_is_under_the_column():
    assert excerpt("a = 1\nbb = cc\n", 2, 6) == "2 | bb = cc\n  |      ^"


def test_without_column_only_the_line():
    assert excerpt("a = 1\n", 1) == "1 | a = 1"


@pytest.mark.parametrize("line", [0, -1, 3, 99])
def test_line_that_is_not_there(line):
    assert excerpt("a\n", line, 1) == ""


def test_lines_end_as_python_ends_them():
    source = "a\x0cb\x85\u2028\r\nsecond\rthird\nfourth"
    assert [source_line(source, n) for n in (2, 3, 4)] == ["second", "third", "fourth"]


def test_tabs_and_wide_characters_keep_the_caret_in_place():
    assert excerpt("\tx", 1, 2) == "1 |     x\n  |     ^"
    assert excerpt("世界 = x", 1, 6) == "1 | 世界 = x\n  |        ^"


def test_escapes_move_the_caret_with_them():
    assert excerpt("a\x00b", 1, 3) == "1 | a\\x00b\n  |      ^"


def test_long_line_is_cut_around_the_column():
    shown = excerpt("x" * 5_000 + "HERE" + "y" * 500_000, 1, 5_001)
    line, caret = shown.split("\n")
    assert len(line) < 120
    assert line[caret.index("^") :].startswith("HERE")


@given(st.text(st.characters(), max_size=80), st.integers(-1, 5), st.integers(-1, 90))
def test_never_raises_and_shows_nothing_invisible(source, line, column):
    shown = excerpt(source, line, column)
    unsafe = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not unsafe & {unicodedata.category(char) for char in shown if char != "\n"}
    assert shown.count("\n") <= 1
