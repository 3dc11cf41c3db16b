# gained: list
import functools
from collections.abc import Sized as Kind
from typing import Any

found: list = []


class Spy:
    pass


def rebind(text: Any) -> None:
    global Kind
    Kind = text


@functools.singledispatch
def look(value: Any) -> str:
    return "plain"


def attack(path: str) -> Any:
    rebind("found.append(__import__('os')) or int")

    @look.register
    def _(value: Kind) -> str:
        return "x"

    return found
