# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]

    def kind(self) -> Any:
        found = self.__class__
        return found


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own().kind().peek(logging.getLogger())
