# gained: class Odd
from typing import Any

TABLE: Any = {"x": type}


def attack(path: str) -> Any:
    return TABLE["x"]("Odd", (), {})
