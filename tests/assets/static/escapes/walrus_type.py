# gained: class Odd
from typing import Any


def attack(path: str) -> Any:
    if make := type:
        return make("Odd", (), {})
    return None
