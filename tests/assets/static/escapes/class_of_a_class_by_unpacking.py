# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


def attack(path: str) -> Any:
    (kind,) = (cast(Any, type(type(path))),)
    made: Any = kind("Made", (), {"__getattribute__": tell})
    return made().anything
