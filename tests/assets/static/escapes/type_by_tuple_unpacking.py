# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    make, other = type, 1
    return cast(Any, make)("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
