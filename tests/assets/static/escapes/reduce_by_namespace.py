# gained: str
import copy
from types import SimpleNamespace
from typing import Any


class Spy:
    pass


def attack(path: str) -> Any:
    value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
    copy.deepcopy(SimpleNamespace(**{"".join(reversed("__xe_ecuder__")): value}))
    return Spy.__name__
