# gained: str
from typing import Any, cast


def tell(self: Any, name: str) -> Any:
    return "hooked"


def attack(path: str) -> Any:
    seen: dict[Any, int] = {}
    seen[type] = 1
    made: Any = [kind("Made", (), {"__getattribute__": tell}) for kind in seen]
    return made[0]().anything
