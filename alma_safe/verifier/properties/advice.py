"""What to do about a failure, said for this very one: whoever writes a design sees no recorder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_OF_TYPE = re.compile(r"is of type ([\w.]+),")
_KEY_OF_TYPE = re.compile(r"has a key of type ([\w.]+)")
_MISREAD = re.compile(
    r"""(?:\.get\(\s*|\[)(["'])(observation|observations|action|actions|act|state|response|"""
    r"""feedback|score|done|task|objective|instruction|goal|obs|action_took|steps|info)\1"""
)
_READ_KEYS = 4
_CONVERTED = {
    "set": "write sorted(...)",
    "frozenset": "write sorted(...)",
    "bytes": "write .decode()",
    "datetime.datetime": "write .isoformat()",
    "datetime.date": "write .isoformat()",
    "numpy.ndarray": "write .tolist()",
    "numpy.bool": "write bool(...)",
    "numpy.bool_": "write bool(...)",
    "type": "write its __name__",
}
_LISTED = ("deque", "dict_keys", "dict_values", "dict_items", "generator", "map", "filter", "zip")


def about_raised(kind: str, text: str, recorder: Mapping[str, Any], *, brokered: bool) -> str:
    """What to do about an exception; empty where there is nothing better than the rule's remedy.

    ``recorder``: what the call was given.
    """
    if brokered and "one call may send" in text:
        return "cut what is sent: the last 40 steps, text[:8000]"
    if kind == "KeyError":
        return _about_key(text, recorder)
    if kind in ("re.error", "re.PatternError"):
        return "re.escape(text) before it becomes part of a pattern"
    if kind == "TypeError" and "not JSON serializable" in text:
        if "Object of type type " in text:
            return 'write a schema as JSON: {"lesson": {"type": "string"}}'
        return "json.dumps(value, default=str), or only plain values in what is sent"
    return ""


def about_refused(text: str) -> str:
    """How to write a value that JSON cannot hold; empty where that cannot be told."""
    key = _KEY_OF_TYPE.search(text)
    if key is not None:
        return "make one text of it: ' | '.join(map(str, key))"
    if "JSON cannot hold" in text and (": inf" in text or " is inf" in text or " is nan" in text):
        return "leave it out, or cap it: math.isfinite(value)"
    found = _OF_TYPE.search(text)
    if found is None:
        return ""
    name = found[1]
    if name in _CONVERTED:
        return _CONVERTED[name]
    if name.startswith("numpy."):
        return "write int(...)" if "int" in name else "write float(...)"
    if name.rpartition(".")[2] in _LISTED:
        return "write list(...)"
    if "." not in name and name[:1].isupper():
        return "of a dataclass: dataclasses.asdict(value); of an enum: value.value; else a dict"
    return ""


def about_unused(source: str, recorders: Iterable[Mapping[str, Any]]) -> str:
    """Keys that the source asks recorders for and none has: those that are often guessed."""
    shown = next((each for each in recorders if _step_keys(each)), None)
    if shown is None:
        return ""
    known = {*shown, *_keys(shown.get("init")), *_step_keys(shown)}
    missed = {key for _, key in _MISREAD.findall(source)} - known
    return _keys_of(sorted(missed), shown) if missed else ""


def _about_key(text: str, recorder: Mapping[str, Any]) -> str:
    # Matched and not parsed: it is the guest's word.
    found = _MISREAD.fullmatch(f"[{text}")
    if found is None:
        return ""
    key = found[2]
    known = {*_keys(recorder.get("init")), *_step_keys(recorder)}
    return "" if key in known else _keys_of([key], recorder)


def _keys_of(missed: list[str], recorder: Mapping[str, Any]) -> str:
    """Which keys there are instead, of the domain that this recorder is of."""
    has = f"recorder.init has {', '.join(_keys(recorder.get('init')))}"
    if steps := _step_keys(recorder):
        has += f"; a step has {', '.join(steps)}"
    said = ", ".join(repr(key) for key in missed[:_READ_KEYS])
    return f"no recorder has {said}: {has} (.get for what may be missing)"


def _step_keys(recorder: Mapping[str, Any]) -> list[str]:
    steps = recorder.get("steps")
    return _keys(steps[0]) if isinstance(steps, list) and steps else []


def _keys(part: Any) -> list[str]:
    return sorted(map(str, part)) if isinstance(part, dict) else []
