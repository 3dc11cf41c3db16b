# gained: function eval
from functools import singledispatch as sd
from typing import Any, Optional

SINK: list[Any] = []
hint: Any = Optional["SINK.append(ev" + "al) or int"]


def target(x: hint) -> Any:
    return None


def attack(path: str) -> Any:
    r = sd(lambda x: None)
    add = r.register
    add(target)
    return SINK[0]
