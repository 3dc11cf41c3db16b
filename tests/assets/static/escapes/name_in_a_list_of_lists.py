# gained: namespace
from typing import Any, cast


NAMES: list[list[str]] = [["upper", "x"]]


def attack(path: str) -> Any:
    for row in NAMES:
        row[0] = "__globals__"
    return [getattr(attack, name) for name, _ in NAMES][0]
