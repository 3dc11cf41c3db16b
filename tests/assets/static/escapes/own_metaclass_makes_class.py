# gained: str
from typing import Any, cast


class Meta(type):
    pass


def attack(path: str) -> Any:
    return cast(Any, Meta)("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
