# gained: str
import copy
from typing import Any


class Spy:
    pass


class Setter:
    def inside(self) -> Any:
        return self.__dict__


def attack(path: str) -> Any:
    one = Setter()
    value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
    one.inside()["".join(reversed("__xe_ecuder__"))] = value
    copy.deepcopy(one)
    return Spy.__name__
