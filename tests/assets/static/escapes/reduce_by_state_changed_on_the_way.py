# gained: str
import copy
import collections
from typing import Any


class Spy:
    pass


class Setter:
    def __init__(self) -> None:
        self.x = 1

    def __setstate__(self, state: Any) -> None:
        value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
        state["".join(reversed("__xe_ecuder__"))] = value
        self.__dict__.update(state)


def attack(path: str) -> Any:
    copy.deepcopy(copy.copy(Setter()))
    return Spy.__name__
