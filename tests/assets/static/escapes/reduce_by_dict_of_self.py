# gained: str
import copy
from typing import Any


class Spy:
    pass


class Setter:
    def __init__(self) -> None:
        value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
        self.__dict__["__reduce_ex__"] = value


def attack(path: str) -> Any:
    copy.deepcopy(Setter())
    return Spy.__name__
