# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


def attack(path: str) -> Any:
    first: Any = path.__class__.__class__
    second = first
    made: Any = second("Made", (), {"__getattribute__": tell})
    return made().anything
