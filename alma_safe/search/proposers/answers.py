"""The module in an answer of a language model, however the model has wrapped it.

Read line by line, as Markdown is, and beyond it where models are careless: a closing fence
that is glued to the last line of code, a block that is left open when the next one begins,
fences inside the strings of a module. Nothing is parsed here: what comes out goes through
the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"([ \t]*)(`{3,}|~{3,})([^\n]*)")
_PYTHON = re.compile(r"[{.\s]*(?:python|py)[\d.]*(?![\w-])", re.IGNORECASE)
_CLASS = re.compile(r"^[ \t]*class[ \t]+\w", re.MULTILINE)
_DESIGN = re.compile(r"^[ \t]*class[ \t]+\w[^\n]*\bMemoStructure\b", re.MULTILINE)
_CODE = re.compile(r"""#.*|\"{3}|'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.""")
_INSIDE = {quote: re.compile(rf"\\.|{quote}") for quote in ('"""', "'''")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: what stands after its opening fence, and its text, dedented."""

    info: str
    text: str

    @property
    def python(self) -> bool:
        """Whether it says that it is Python."""
        return _PYTHON.match(self.info) is not None


def source_of(answer: str) -> str:
    """The module in an answer, or an empty text.

    Of Python's blocks the first with a design, else the first with a class; else the first
    block that names the contract; else an answer that is a module itself; else the largest
    block. One that was cut off counts.
    """
    found = blocks(answer)
    every = [each.text for each in found]
    tagged = [each.text for each in found if each.python and _CLASS.search(each.text)]
    named = [*filter(_DESIGN.search, every), *(text for text in every if "MemoStructure" in text)]
    for text in (*filter(_DESIGN.search, tagged), *tagged, *named):
        return text
    whole = answer.replace("\r\n", "\n")
    if _DESIGN.search(whole):
        return whole
    largest = max(every, key=len, default="")
    return largest if largest.strip() else ""


def blocks(answer: str) -> list[Block]:
    """The fenced blocks of an answer, in their order."""
    lines = answer.replace("\r\n", "\n").split("\n")
    return list(_read(lines))


def _read(lines: Sequence[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        opened = _opening(lines[at])
        at += 1
        if opened is None:
            continue
        indent, fence, info = opened
        end, next_at = _closed(lines, at, fence, python=_PYTHON.match(info) is not None)
        inner = list(lines[at:end])
        if end < next_at and not _closes(lines[end], fence):
            inner.append(_glued(lines[end], fence) or "")
        # A block that nothing closes ends with the answer, in the middle of a line maybe.
        tail = "\n" if inner and end < len(lines) else ""
        yield Block(info=info, text="\n".join(_dedented(inner, indent)) + tail)
        at = next_at


def _closed(lines: Sequence[str], start: int, fence: str, *, python: bool) -> tuple[int, int]:
    """Where the text of a block ends, and where to read on after it.

    A fence inside a string of Python closes nothing, unless nothing else does.
    """
    quote = ""
    first = None
    for at in range(start, len(lines)):
        line = lines[at]
        if not quote and _begins_another(line, fence, python):
            return at, at
        glued = _glued(line, fence)
        if glued is not None or _closes(line, fence):
            after, noted = _quoted(glued or "", quote)
            if not python or not (after or noted):
                return at, at + 1
            first = at if first is None else first
        quote, _ = _quoted(line, quote) if python else ("", False)
    return (first, first + 1) if first is not None else (len(lines), len(lines))


def _opening(line: str) -> tuple[str, str, str] | None:
    """Indentation, fence and what stands after it, where a line opens a block."""
    found = _OPENING.fullmatch(line)
    if found is None or (found[2][0] == "`" and "`" in found[3]):
        return None
    return found[1], found[2], found[3].strip()


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _glued(line: str, fence: str) -> str | None:
    """What stands before a closing fence at the end of a line of code, or None."""
    bare = line.rstrip()
    code = bare.rstrip(fence[0])
    return code if code.strip() and len(bare) - len(code) >= len(fence) else None


def _begins_another(line: str, fence: str, python: bool) -> bool:
    """Whether a line opens the next block, though this one was not closed."""
    opened = _opening(line)
    if opened is None or not opened[2] or not opened[1].startswith(fence):
        return False
    return python or _PYTHON.match(opened[2]) is not None


def _quoted(line: str, quote: str) -> tuple[str, bool]:
    """The string of several lines that is open after a line, and whether a comment ends it."""
    at, noted = 0, False
    while (found := (_INSIDE[quote] if quote else _CODE).search(line, at)) is not None:
        at = found.end()
        if quote:
            quote = "" if found[0] == quote else quote
        elif found[0] in _INSIDE:
            quote = found[0]
        else:
            noted = found[0].startswith("#")
    return quote, noted


def _dedented(lines: Sequence[str], indent: str) -> Iterator[str]:
    """Take from each line what the first one shares with its fence: a module starts at 0."""
    first = next((line for line in lines if line.strip()), "")
    margin = indent[: _shared(indent, first)]
    for line in lines:
        yield line[_shared(margin, line) :]


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
