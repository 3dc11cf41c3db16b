# gained: str
from typing import Any


class Box:
    def __class_getitem__(cls, key: Any) -> Any:
        return key



def attack(path: str) -> Any:
    maker: Any = Box[type]
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
