# gained: StreamHandler
import logging
from typing import Any


class Inner:
    pass


class Own:
    def __init__(self) -> None:
        self.inner: Any = Inner()
        self.__dict__.update(inner=logging.getLogger())

    def go(self) -> Any:
        return self.inner.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own().go()
