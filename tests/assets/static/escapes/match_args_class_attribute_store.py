# gained: frame
from abc import ABC
from typing import Any
from types import GeneratorType


class Odd(ABC):
    __match_args__ = ("x",)


def attack(path: str) -> Any:
    Odd.__match_args__ = ("gi_fr" + "ame",)
    Odd.register(GeneratorType)
    match (x for x in [1]):
        case Odd(frame):
            return frame
    return None
