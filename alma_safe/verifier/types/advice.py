"""What a message leaves out: the expression it is about, and the names that do exist."""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alma_safe.verifier.types.bugs import Bugs

AWAIT = "a coroutine is used without an await"

_MAX_SOURCE = 120
_RESULTS = frozenset({"return", "return-value", "empty-body"})


def advise(bugs: Bugs, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the blocking ``entry`` with its message and advice made specific."""
    if entry["advice"] == AWAIT:
        return _about_coroutine(bugs, entry)
    if entry["code"] == "attr-defined" and not entry["advice"]:
        return {**entry, "advice": _existing_names(bugs, entry["message"])}
    if entry["code"] in _RESULTS:
        name = bugs.method_at(entry["line"])
        if name:
            return {**entry, "message": f'{entry["message"]} in "{name}"'}
    if entry["note"] and entry["code"] == "name-defined":
        return {**entry, "advice": entry["note"]}
    return entry


def _about_coroutine(bugs: Bugs, entry: dict[str, Any]) -> dict[str, Any]:
    """Name the call that was not awaited."""
    node = bugs.context.node(entry)
    if entry["code"] in ("attr-defined", "index") and isinstance(
        node, ast.Attribute | ast.Subscript
    ):
        node = node.value
    if node is None or entry["code"] == "call-overload":
        return {**entry, "advice": 'write "await" before the call that makes the coroutine'}
    text = ast.unparse(node)[:_MAX_SOURCE]
    message = f"{entry['message']}: {text}"
    if isinstance(node, ast.Call):
        return {**entry, "message": message, "advice": f'write "await {text}"'}
    return {
        **entry,
        "message": message,
        "advice": f'"{text}" is a coroutine: write "await" before the call that makes it',
    }


def _existing_names(bugs: Bugs, message: str) -> str:
    match = re.match(r'^"(?P<type>.+?)" has no attribute "(?P<name>\w+)"', message)
    if not match:
        return ""
    names = bugs.public_names(match["type"])
    if not names:
        return ""
    near = difflib.get_close_matches(match["name"], names, n=1)
    shown = ", ".join(names[:20])
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return f"{guess}{match['type']} has: {shown}"
