# gained: frame
from abc import ABC
from dataclasses import dataclass
from types import GeneratorType
from typing import Any


@dataclass
class Odd(ABC):
    gi_frame: Any


def attack(path: str) -> Any:
    Odd.register(GeneratorType)
    match (x for x in [1]):
        case Odd(frame):
            return frame
    return None
