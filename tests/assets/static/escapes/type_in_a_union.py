# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


class Own:
    def __ror__(self, kind: Any) -> Any:
        KEPT.append(kind("Made", (), {"__getattribute__": tell}))
        return int


KEPT: list[Any] = []
OWN = Own()


def attack(path: str) -> Any:
    def use(x: type | OWN) -> Any:
        return x

    return KEPT[0]().anything
