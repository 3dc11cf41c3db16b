"""Checks on the bytes of a design, on the host, before any tool reads them.

Linear time, no parsing. The bytes that pass here decode to the same text for the
checkers, for the type checker and for the interpreter that runs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alma_safe.design import Design
from alma_safe.policy import SourcePolicy
from alma_safe.report import Finding
from alma_safe.text import visible
from alma_safe.verifier.rule import Rule

_SAME_TEXT = "The checkers and the interpreter could read different programs."

TOO_LARGE = Rule(
    id="S001",
    stage="static",
    title="file too large",
    reason="Every tool that reads a design needs a bound on its input.",
    remedy="Shorten the design; long prompts and tables are the usual cause.",
)
EMPTY = Rule(
    id="S002",
    stage="static",
    title="empty file",
    reason="A file without code defines no memory design.",
    remedy="Define one MemoStructure subclass.",
)
NOT_UTF8 = Rule(
    id="S003",
    stage="static",
    title="not valid UTF-8",
    reason=f"Bytes that are not UTF-8 have no single reading. {_SAME_TEXT}",
    remedy="Save the file as UTF-8.",
)
BYTE_ORDER_MARK = Rule(
    id="S004",
    stage="static",
    title="byte order mark",
    reason=f"Some tools skip it and some do not. {_SAME_TEXT}",
    remedy="Save the file as UTF-8 without a byte order mark.",
)
NUL = Rule(
    id="S005",
    stage="static",
    title="NUL byte",
    reason=f"Tools written in C stop reading at a NUL byte. {_SAME_TEXT}",
    remedy="Remove the byte; write \\0 inside a string instead.",
)
ENCODING = Rule(
    id="S006",
    stage="static",
    title="encoding other than UTF-8",
    reason=f"A PEP 263 line makes the interpreter decode the file differently. {_SAME_TEXT}",
    remedy="Remove the coding line.",
)
CONTROL = Rule(
    id="S007",
    stage="static",
    title="control character",
    reason=f"Lone carriage returns and form feeds end lines in some tools only. {_SAME_TEXT}",
    remedy="Use \\n line ends, tabs or spaces, and escapes inside strings.",
)
LINES = Rule(
    id="S008",
    stage="static",
    title="too many lines or a line too long",
    reason="Checkers slow down or give up on such a file, and no person can review it.",
    remedy="Break the line, or shorten the design.",
)
INVISIBLE = Rule(
    id="S701",
    stage="static",
    title="invisible or reordering character",
    reason="Bidirectional controls and zero-width characters show a reader another program.",
    remedy="Remove the character; write it as an escape (\\u200b) inside a string if it is data.",
)

RULES = (
    TOO_LARGE,
    EMPTY,
    NOT_UTF8,
    BYTE_ORDER_MARK,
    NUL,
    ENCODING,
    CONTROL,
    LINES,
    INVISIBLE,
)

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?\r?$")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
# Bidi controls, zero-width and other format characters, line separators, fillers that are
# letters to Python, tags. A zero-width (non-)joiner is normal inside an emoji or a word of
# a script that needs it: refused only beside ASCII.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
    "|(?:[\x00-\x7f]|^)[\u200c\u200d]|[\u200c\u200d](?:[\x00-\x7f]|$)"
)


def check_bytes(design: Design, policy: SourcePolicy) -> tuple[Finding, ...]:
    """Return what is wrong with the bytes; the first cause that makes the rest unreadable."""
    data = design.data
    if design.size > policy.max_bytes or len(data) > policy.max_bytes:
        message = f"the file has {design.size} bytes, the limit is {policy.max_bytes}"
        return (TOO_LARGE.finding(message),)
    if not data.strip():
        return (EMPTY.finding("the file is empty"),)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return (BYTE_ORDER_MARK.finding("the file starts with a byte order mark", line=1),)
    nul = data.find(b"\0")
    if nul >= 0:
        return (NUL.finding("the file holds a NUL byte", line=data.count(b"\n", 0, nul) + 1),)
    encoding = _cookie(data)
    if encoding is not None:
        return (encoding,)
    try:
        text = data.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        return (NOT_UTF8.finding(f"byte 0x{byte:02x} on line {line} is not UTF-8", line=line),)
    return tuple(_text_findings(text, policy))


def _cookie(data: bytes) -> Finding | None:
    """A PEP 263 declaration of another encoding, found as the interpreter finds it."""
    for number, line in enumerate(data.split(b"\n", 2)[:2], start=1):
        match = _COOKIE.match(line)
        if match:
            name = match.group(1).decode("ascii", errors="replace")
            plain = name.lower().replace("_", "-")
            if plain in ("utf-8", "utf8"):
                return None
            return ENCODING.finding(f"the file declares the encoding {visible(name)}", line=number)
        if not _BLANK.match(line):
            return None
    return None


def _text_findings(text: str, policy: SourcePolicy) -> Iterator[Finding]:
    control = _CONTROL.search(text)
    if control:
        place = _place(text, control.start())
        yield CONTROL.finding(
            f"control character U+{ord(control.group()[0]):04X}", line=place[0], column=place[1]
        )
    if not text.isascii():
        hidden = _INVISIBLE.search(text)
        if hidden:
            char = next(c for c in hidden.group() if ord(c) > 0x7F)
            place = _place(text, hidden.start())
            yield INVISIBLE.finding(
                f"invisible or reordering character U+{ord(char):04X}",
                line=place[0],
                column=place[1],
            )
    lines = text.split("\n")
    if len(lines) > policy.max_lines:
        yield LINES.finding(f"the file has {len(lines)} lines, the limit is {policy.max_lines}")
    longest = max(lines, key=len)
    if len(longest) > policy.max_line_chars:
        number = lines.index(longest) + 1
        yield LINES.finding(
            f"line {number} has {len(longest)} characters, the limit is {policy.max_line_chars}",
            line=number,
        )


def _place(text: str, position: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, position) + 1, position - start + 1
