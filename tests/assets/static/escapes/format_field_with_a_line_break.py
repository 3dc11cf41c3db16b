# gained: str
from typing import Any, cast


def attack(path: str) -> Any:
    return "{a\n.__globals__}".format(**{"a\n": attack})
