# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    handlers: list[Any] = []

    @staticmethod
    def peek(value: Any) -> Any:
        return value.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.peek(logging.getLogger())
