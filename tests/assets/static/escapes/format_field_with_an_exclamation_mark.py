# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    return "{0[!].__globals__}".format({"!": attack})
