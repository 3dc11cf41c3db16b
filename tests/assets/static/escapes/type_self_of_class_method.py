# gained: str
from typing import Any, cast


class Own:
    @classmethod
    def make(cls) -> Any:
        return cast(Any, type(cls))("Odd", (), {"__get" + "attribute__": lambda s, n: n})


def attack(path: str) -> Any:
    return Own.make()().anything
