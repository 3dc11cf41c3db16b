# gained: Manager
from dataclasses import astuple, dataclass, fields
from typing import Any
import logging


@dataclass
class Odd(logging.Logger):
    name: Any = "x"
    level: Any = 0


def attack(path: str) -> Any:
    odd = Odd()
    field: Any = fields(Odd)[0]
    field.name = "man" + "ager"
    return astuple(odd)[0]
