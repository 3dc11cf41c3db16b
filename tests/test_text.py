"""Nothing that text from a design holds can act on what shows it."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.text import MESSAGE_LIMIT, visible

UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@given(text=ANY_TEXT, newlines=st.booleans())
def test_no_control_or_format_character_survives(text: str, newlines: bool) -> None:
    shown = visible(text, 1000, newlines=newlines)
    left = shown.replace("\n", "") if newlines else shown
    assert not {unicodedata.category(char) for char in left} & UNSAFE


@given(text=ANY_TEXT)
def test_what_is_shown_can_be_encoded(text: str) -> None:
    visible(text).encode("utf-8", "strict")


@given(text=ANY_TEXT, newlines=st.booleans())
def test_showing_twice_changes_nothing(text: str, newlines: bool) -> None:
    once = visible(text, 10_000, newlines=newlines)
    assert visible(once, 10_000, newlines=newlines) == once


@given(text=st.text("abc é", min_size=1, max_size=100), limit=st.integers(0, 100))
def test_cap_is_exact_and_what_was_cut_is_said(text: str, limit: int) -> None:
    shown = visible(text, limit)
    if len(text) <= limit:
        assert shown == text
    else:
        assert shown == f"{text[:limit]}... [{len(text) - limit} more characters]"


def test_default_cap_is_that_of_a_message() -> None:
    assert visible("x" * MESSAGE_LIMIT) == "x" * MESSAGE_LIMIT
    assert visible("x" * (MESSAGE_LIMIT + 1)).endswith("... [1 more characters]")


def test_escapes_after_the_cap_do_not_count_against_it() -> None:
    assert visible("\x00" * 10, 5) == "\\x00" * 5 + "... [5 more characters]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\rb\tc\nd", "a\\rb\\tc\\nd"),
        ("\x9b1m", "\\x9b1m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"),
        ("\ue000", "\\ue000"),
        ("naïve 厨房 🍎", "naïve 厨房 🍎"),
        ("a\u3164b\u2800\u115f", "a\\u3164b\\u2800\\u115f"),
        ("hidden\ufe01\U000e0101", "hidden\\ufe01\\U000e0101"),
        ("⚠\ufe0f", "⚠\ufe0f"),
        ("⚠\ufe0f\ufe0f\ufe0f", "⚠\ufe0f\\ufe0f\\ufe0f"),
        ("is ##[add-mask]it", "is #\\x23[add-mask]it"),
        ("###vso[task.x]", "##\\x23vso[task.x]"),
        ("  ::stop-commands::x", "  \\x3a:stop-commands::x"),
        ("## heading, x[::2], a::b", "## heading, x[::2], a::b"),
        ("", ""),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_feeds_are_kept_on_request_only() -> None:
    assert visible("a\nb\r\n", newlines=True) == "a\nb\\r\n"
    assert visible("a\nb") == "a\\nb"


def test_no_line_is_a_command_to_a_runner() -> None:
    shown = visible("a\n\u3000 ::error::x\n##[debug]y\n::2", newlines=True)
    assert shown == "a\n\u3000 \\x3a:error::x\n#\\x23[debug]y\n::2"


@pytest.mark.parametrize("text", ["\n" * 300_000, " " * 300_000, "#" * 300_000, "##a" * 100_000])
def test_long_text_is_no_burden(text: str) -> None:
    started = time.process_time()
    visible(text + "::", 300_002, newlines=True)
    assert time.process_time() - started < 2
