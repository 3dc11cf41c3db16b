# gained: str
from typing import Any


def kind(value: Any) -> Any:
    return type(value)



def attack(path: str) -> Any:
    made: Any = kind(int)("Made", (), {"__str__": lambda self: "made"})
    return str(made())
