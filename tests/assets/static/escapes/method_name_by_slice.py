# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]

    def ends(self) -> Any:
        return 1


def attack(path: str) -> Any:
    logging.basicConfig()
    start = "pe"
    return getattr(Own, start[:2] + "ek")(logging.getLogger())
