# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


def kind(thing: Any) -> Any:
    return type(thing)


def attack(path: str) -> Any:
    made: Any = kind(kind(path))("Made", (), {"__getattribute__": tell})
    return made().anything
