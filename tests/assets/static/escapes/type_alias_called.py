# gained: str
from typing import Any


def attack(path: str) -> Any:
    maker: Any = type[int]
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
