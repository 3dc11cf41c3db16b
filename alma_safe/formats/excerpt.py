"""A line of a design with a mark under the place that a finding names."""

from __future__ import annotations

import functools
import re
import unicodedata

from alma_safe.text import inert, visible

_WIDTH = 88
"""Columns of source that are shown; a longer line is cut around the mark."""

# Python's own line ends. str.splitlines() knows more, which would shift the numbers.
_LINE_END = re.compile(r"\r\n|\n|\r")


def source_line(source: str, line: int) -> str | None:
    """Return line ``line`` (from 1) of ``source`` without its end, None if there is none."""
    lines = _lines(source)
    return lines[line - 1] if 1 <= line <= len(lines) else None


@functools.lru_cache(maxsize=2)
def _lines(source: str) -> tuple[str, ...]:
    return tuple(_LINE_END.split(source))


def excerpt(source: str, line: int, column: int = 0) -> str:
    """Show line ``line`` of ``source`` with a caret under ``column`` (both from 1).

    Without a column only the line is shown. Returns '' when the source has no such
    line. Nothing invisible remains; a tab takes four columns.
    """
    text = source_line(source, line)
    if text is None or not text.strip():
        return ""
    column = min(max(column, 0), len(text) + 1)
    # Cut before cleaning: a line may be a megabyte long.
    start = max(0, column - 1 - _WIDTH // 2) if len(text) > _WIDTH else 0
    end = start + _WIDTH
    before = _clean(text[start : max(column - 1, start)])
    after = _clean(text[max(column - 1, start) : end])
    lead = "..." if start else ""
    tail = "..." if end < len(text) else ""
    number = str(line)
    # Cleaned in two parts, which may be a command together.
    shown = inert(f"{number} | {lead}{before}{after}{tail}".rstrip())
    if not column:
        return shown
    gap = " " * (len(lead) + _width(before))
    return f"{shown}\n{' ' * len(number)} | {gap}^"


def _clean(text: str) -> str:
    return visible(text.replace("\t", "    "), 4 * len(text) + 1)


def _width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
