# gained: str
import copy
from typing import Any


class Spy:
    pass


class Setter:
    def __init__(self) -> None:
        value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
        self.__dict__.update({"".join(reversed("__xe_ecuder__")): value})


def attack(path: str) -> Any:
    copy.deepcopy(Setter())
    return Spy.__name__
