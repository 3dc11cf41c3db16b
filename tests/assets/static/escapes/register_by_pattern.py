# gained: function eval
from functools import singledispatch
from typing import Any, Optional

SINK: list[Any] = []
hint: Any = Optional["SINK.append(ev" + "al) or int"]


def target(x: hint) -> Any:
    return None


def attack(path: str) -> Any:
    match singledispatch(lambda x: None):
        case object(register=r):
            r(target)
    return SINK[0]
