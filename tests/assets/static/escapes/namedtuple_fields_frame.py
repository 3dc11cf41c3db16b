# gained: frame
from abc import ABC
from collections import namedtuple
from typing import Any
from types import GeneratorType

Pair = namedtuple("Pair", ["gi_fr" + "ame"])


class Odd(ABC):
    __match_args__ = ("x",)


def attack(path: str) -> Any:
    setattr(Odd, "__match_args__", Pair._fields)
    Odd.register(GeneratorType)
    match (x for x in [1]):
        case Odd(frame):
            return frame
    return None
