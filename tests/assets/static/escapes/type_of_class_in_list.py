# gained: str
from typing import Any


def attack(path: str) -> Any:
    box: Any = [type(int)]
    made: Any = box[0]("Made", (), {"__str__": lambda self: "made"})
    return str(made())
