# gained: StreamHandler
import logging
from typing import Any, Callable

KEPT: list[Any] = []


def keep(function: Any) -> Any:
    KEPT.append(function)
    return function


class Own:
    handlers: list[Any] = []

    @keep
    def peek(self) -> Any:
        return self.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return KEPT[0](logging.getLogger())
