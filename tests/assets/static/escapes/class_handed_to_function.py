# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def looks(kind: Any) -> Any:
    return kind.peek(logging.getLogger())


def attack(path: str) -> Any:
    logging.basicConfig()
    return looks(Own)
