# gained: class Odd
from typing import Any


def attack(path: str) -> Any:
    return [c for c in (type,)][0]("Odd", (), {})  # type: ignore
