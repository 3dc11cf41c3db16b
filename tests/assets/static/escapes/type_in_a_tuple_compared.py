# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


class Own:
    def __contains__(self, kind: Any) -> bool:
        KEPT.append(kind("Made", (), {"__getattribute__": tell}))
        return True


KEPT: list[Any] = []


def attack(path: str) -> Any:
    found = type in Own()
    return KEPT[0]().anything if found else ""
