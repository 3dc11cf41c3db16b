# gained: function eval
from functools import singledispatch
from typing import Any, Optional

SINK: list[Any] = []
hint: Any = Optional["SINK.append(ev" + "al) or int"]


def target(x: hint) -> Any:
    return None


class Own:
    def __init__(self) -> None:
        self.table: Any = singledispatch(lambda x: None)

    def go(self) -> Any:
        return self.table.register(target)


def attack(path: str) -> Any:
    Own().go()
    return SINK[0]
