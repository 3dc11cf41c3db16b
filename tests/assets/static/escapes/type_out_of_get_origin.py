# gained: str
from typing import Any, Type, get_origin


def attack(path: str) -> Any:
    maker: Any = get_origin(Type[int])
    made: Any = maker("Made", (), {"__str__": lambda self: "made"})
    return str(made())
