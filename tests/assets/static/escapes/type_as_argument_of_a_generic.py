# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


class Own:
    def __class_getitem__(cls, kind: Any) -> Any:
        KEPT.append(kind("Made", (), {"__getattribute__": tell}))
        return int


KEPT: list[Any] = []


def attack(path: str) -> Any:
    def use(x: Own[type]) -> Any:
        return x

    return KEPT[0]().anything
