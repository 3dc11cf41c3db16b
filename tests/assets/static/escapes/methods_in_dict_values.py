# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def looks(kind: Any) -> Any:
    for name, value in kind.__dict__.items():
        if name[:2] == "pe":
            return value(logging.getLogger())


def attack(path: str) -> Any:
    logging.basicConfig()
    return looks(Own)
