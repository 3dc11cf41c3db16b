# gained: class Odd
from typing import Any

make: Any = lambda: type


def attack(path: str) -> Any:
    return make()("Odd", (), {})
