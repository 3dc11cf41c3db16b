# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: Any = []

    def peek(self) -> Any:
        return self.handlers[0]

    table = [peek]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.table[0](logging.getLogger())  # type: ignore
