# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.peek(cast(Any, logging.getLogger()))
