# gained: str
from typing import Any, Union


def attack(path: str) -> Any:
    maker: Any = Union[type]
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
