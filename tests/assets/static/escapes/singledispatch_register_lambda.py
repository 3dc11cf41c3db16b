# gained: function eval
from functools import singledispatch
from typing import Any, Optional

SINK: list[Any] = []
hint: Any = Optional["SINK.append(ev" + "al) or int"]


def target(x: hint) -> Any:
    return None


def attack(path: str) -> Any:
    singledispatch(lambda x: None).register(target)
    return SINK[0]
