# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


class Own:
    def __eq__(self, kind: Any) -> Any:
        return kind("Made", (), {"__getattribute__": tell})


def attack(path: str) -> Any:
    made: Any = Own() == type
    return made().anything
