# gained: function eval
from functools import singledispatch
from typing import Any, Optional

SINK: list[Any] = []
hint: Any = Optional["SINK.append(ev" + "al) or int"]


@singledispatch
def f(x: Any) -> None:
    return None


def attack(path: str) -> Any:
    @f.register
    def g(x: hint) -> Any:
        return None

    return SINK[0]
