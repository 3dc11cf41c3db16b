# gained: class Odd
from typing import Any


def each() -> Any:
    yield type


def attack(path: str) -> Any:
    return next(each())("Odd", (), {})
