"""Comparing JSON values, and saying where they differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False).encode


def size_of(result: Any) -> int:
    """Bytes of a result as an agent's prompt holds it: JSON in UTF-8."""
    text = _encode(result)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def difference(before: Any, after: Any, path: str = "recorder") -> str:
    """Name the first place where two JSON values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            if key not in after:
                return f"{path}.{key} is gone"
            if key not in before:
                return f"{path}.{key} is new"
            if before[key] != after[key]:
                return difference(before[key], after[key], f"{path}.{key}")
    if isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            return f"{path} had {len(before)} entries, now {len(after)}"
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                return difference(old, new, f"{path}[{index}]")
    return f"{path} was {_short(before)}, now {_short(after)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."


def same(left: Any, right: Any, tolerance: float = 1e-6) -> bool:
    """Whether two JSON values are equal, floats up to rounding in another order."""
    if isinstance(left, float) or isinstance(right, float):
        if isinstance(left, int | float) and isinstance(right, int | float):
            return abs(left - right) <= tolerance * max(1.0, abs(left), abs(right))
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            same(left[key], right[key], tolerance) for key in left
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            same(one, other, tolerance) for one, other in zip(left, right, strict=True)
        )
    return bool(left == right)


def first_difference(
    left: Sequence[Any], right: Sequence[Any], tolerance: float = 1e-6
) -> int | None:
    """Position of the first pair of answers that are not the same."""
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        if not same(one, other, tolerance):
            return index
    return None
