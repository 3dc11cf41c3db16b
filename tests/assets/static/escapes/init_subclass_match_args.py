# gained: frame
from abc import ABC
from typing import Any
from types import GeneratorType


class Base(ABC):
    def __init_subclass__(cls, names: Any = (), **k: Any) -> None:
        type(cls).__setattr__(cls, "__match_args__", names)


class Odd(Base, names=("gi_fr" + "ame",)):
    pass


def attack(path: str) -> Any:
    Odd.register(GeneratorType)
    match (x for x in [1]):
        case Odd(frame):
            return frame
    return None
