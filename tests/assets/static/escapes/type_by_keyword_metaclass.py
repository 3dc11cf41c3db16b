# gained: str
from typing import Any


def given(metaclass: Any) -> Any:
    return metaclass



def attack(path: str) -> Any:
    maker: Any = given(metaclass=type)
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
