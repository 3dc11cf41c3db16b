"""Making hostile text harmless to show: capped, with control characters made visible.

Everything that a design or a guest said passes through :func:`visible` before
it reaches a terminal, a report, a log or a prompt.
"""

from __future__ import annotations

import re
import unicodedata

MESSAGE_LIMIT = 600
"""Characters kept of one message of a guest or a tool."""

# Format characters reorder or hide what a person reads (bidi controls, zero-width,
# tags); surrogates cannot be encoded; private use and unassigned show as anything.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Letters and marks by category that show nothing: fillers, and the selectors of variants, in
# which whole texts can be hidden from people and not from models. One U+FE0F, which makes a
# sign colourful, is let stand.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0"
    "\U000e0100-\U000e01ef]|(?<=\ufe0f)\ufe0f"
)

# What runners of continuous integration obey in any line that they are shown: `##[...]`,
# `##vso[...]` and the like anywhere, `::command::` where a line begins.
_COMMAND = re.compile(r"##(?=\w*\[)|^([^\S\n]*):(?=:[A-Za-z])", re.MULTILINE)

_RUN = re.compile("`+")
_FENCE = re.compile("`{3,}")


def visible(text: str, limit: int = MESSAGE_LIMIT, *, newlines: bool = False) -> str:
    r"""Return ``text`` with at most ``limit`` characters and nothing invisible in it.

    Control, format, surrogate, private-use and unassigned characters become
    ``\xNN`` / ``\uNNNN`` escapes. Line feeds are kept only with ``newlines``.
    What was cut is said at the end. No command to a runner is left, see :func:`inert`.
    """
    cut = len(text) - limit
    kept = text[:limit] if cut > 0 else text
    if not kept.isascii() or not kept.isprintable():
        kept = _BLANK.sub(lambda found: _escaped(found[0]), kept)
        kept = "".join(_shown(char, newlines) for char in kept)
    kept = inert(kept)
    return f"{kept}... [{cut} more characters]" if cut > 0 else kept


def fenced(body: str, language: str = "", limit: int = 120_000) -> str:
    """Put text between fences that are longer than any run of backticks in it."""
    shown = visible(body.replace("\t", "    "), limit, newlines=True)
    longest = max(map(len, _RUN.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown.rstrip()}\n{fence}"


def shortened(text: str, limit: int) -> str:
    """Cut what has fences in it: where they are open at the limit, they are closed there."""
    if len(text) <= limit:
        return text
    kept = text[:limit].rpartition("\n")[0]
    fence = ""
    for line in kept.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif (found := _FENCE.match(line)) is not None:
            fence = found[0]
    closing = f"\n{fence}" if fence else ""
    return f"{kept}{closing}\n[{len(text) - len(kept)} more characters]"


def counted(number: int, name: str) -> str:
    """A number of things, the name of which takes an s for several."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def inert(text: str) -> str:
    """Return ``text`` with nothing in it that a runner takes for a command to itself."""
    if "##" not in text and "::" not in text:
        return text
    return _COMMAND.sub(lambda found: "#\\x23" if found[1] is None else f"{found[1]}\\x3a", text)


def _shown(char: str, newlines: bool) -> str:
    if char == "\n" and newlines:
        return char
    if unicodedata.category(char) not in _UNSAFE_CATEGORIES:
        return char
    return _escaped(char)


def _escaped(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
