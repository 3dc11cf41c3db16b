# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


def attack(path: str) -> Any:
    made: Any = (type(type(path)) or int)("Made", (), {"__getattribute__": tell})
    return made().anything
