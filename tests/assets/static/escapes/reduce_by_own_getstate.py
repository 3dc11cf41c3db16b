# gained: str
import copy
from typing import Any


class Spy:
    pass


class Setter:
    def __getstate__(self) -> Any:
        value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
        return {"".join(reversed("__xe_ecuder__")): value}


def attack(path: str) -> Any:
    copy.deepcopy(copy.copy(Setter()))
    return Spy.__name__
