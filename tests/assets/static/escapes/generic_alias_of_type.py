# gained: str
from types import GenericAlias
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, type)[int]("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
