# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    make: Any = [type][0]
    return make("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
