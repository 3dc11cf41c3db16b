# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]

    look = peek


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.look(logging.getLogger())
