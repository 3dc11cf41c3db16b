# gained: frame
from abc import ABC
from collections import namedtuple
from types import GeneratorType
from typing import Any

Pair: Any = namedtuple("Pair", ["gi_fr" + "ame"])


class Odd(Pair, ABC):  # type: ignore
    pass


def attack(path: str) -> Any:
    Odd.register(GeneratorType)
    match (x for x in [1]):
        case Odd(frame):
            return frame
    return None
