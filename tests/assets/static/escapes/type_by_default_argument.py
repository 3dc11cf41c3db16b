# gained: str
from typing import Any


class Own:
    make: Any = type


def attack(path: str) -> Any:
    return Own.make("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
