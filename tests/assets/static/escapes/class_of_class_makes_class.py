# gained: str
from typing import Any, cast


class Own:
    pass


def attack(path: str) -> Any:
    return cast(Any, Own).__class__("Odd", (), {"__get" + "attribute__": lambda s, n: n})().anything
