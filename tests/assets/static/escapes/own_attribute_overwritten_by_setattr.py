# gained: StreamHandler
import logging
from typing import Any


class Inner:
    pass


class Own:
    def __init__(self) -> None:
        self.inner: Any = Inner()

    def go(self) -> Any:
        return self.inner.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    own = Own()
    setattr(own, "inner", logging.getLogger())
    return own.go()
