# gained: str
from typing import Any


def through(make: Any) -> Any:
    return make("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything


def attack(path: str) -> Any:
    return through(type)
