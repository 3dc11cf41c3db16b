# gained: str
from typing import Any


class Entry:
    kind: type = int


def attack(path: str) -> Any:
    made: Any = Entry.__annotations__["kind"]("Made", (), {"__str__": lambda self: "made"})
    return str(made())
