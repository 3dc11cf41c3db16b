# gained: str
import copy
import functools
from typing import Any


class Spy:
    pass


value: Any = lambda self: lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
kept: Any = functools.cached_property(value)


class Holder:
    value: Any = kept


def attack(path: str) -> Any:
    kept.attrname = "".join(reversed("__xe_ecuder__"))
    one = Holder()
    one.value
    copy.deepcopy(one)
    return Spy.__name__
