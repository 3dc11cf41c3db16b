# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def through(kind: Any, value: Any) -> Any:
    return kind.peek(value)


def attack(path: str) -> Any:
    logging.basicConfig()
    return through(Own, logging.getLogger())
