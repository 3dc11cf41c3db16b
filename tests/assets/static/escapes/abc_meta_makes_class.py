# gained: str
from abc import ABCMeta
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, ABCMeta)("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
