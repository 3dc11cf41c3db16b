# gained: class int
from typing import Any


class Odd:
    a: int


def attack(path: str) -> Any:
    Odd.__annotations__ |= {"b": int}
    return Odd.__annotations__["b"]
