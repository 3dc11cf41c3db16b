# gained: str
from typing import Any


def attack(path: str) -> Any:
    kind = type(int)
    box: Any = [kind]
    made: Any = box[0]("Made", (), {"__str__": lambda self: "made"})
    return str(made())
