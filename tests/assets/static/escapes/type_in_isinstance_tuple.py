# gained: class Odd
from typing import Any


def attack(path: str) -> Any:
    kinds: Any = (int, type)
    return kinds[1]("Odd", (), {})
