# gained: class Odd
from typing import Any


def attack(path: str) -> Any:
    return (type if path else type)("Odd", (), {})
