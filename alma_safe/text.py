"""Making hostile text harmless to show: capped, with control characters made visible.

Everything that a design or a guest said passes through :func:`visible` before
it reaches a terminal, a report, a log or a prompt.
"""

from __future__ import annotations

import unicodedata

MESSAGE_LIMIT = 600
"""Characters kept of one message of a guest or a tool."""

# Format characters reorder or hide what a person reads (bidi controls, zero-width,
# tags); surrogates cannot be encoded; private use and unassigned show as anything.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, limit: int = MESSAGE_LIMIT, *, newlines: bool = False) -> str:
    r"""Return ``text`` with at most ``limit`` characters and nothing invisible in it.

    Control, format, surrogate, private-use and unassigned characters become
    ``\xNN`` / ``\uNNNN`` escapes. Line feeds are kept only with ``newlines``.
    What was cut is said at the end.
    """
    cut = len(text) - limit
    kept = text[:limit] if cut > 0 else text
    if not kept.isascii() or not kept.isprintable():
        kept = "".join(_shown(char, newlines) for char in kept)
    return f"{kept}... [{cut} more characters]" if cut > 0 else kept


def _shown(char: str, newlines: bool) -> str:
    if char == "\n" and newlines:
        return char
    if unicodedata.category(char) not in _UNSAFE_CATEGORIES:
        return char
    code = ord(char)
    if code <= 0xFF:
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
