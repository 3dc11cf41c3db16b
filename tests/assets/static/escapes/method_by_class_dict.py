# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: Any = []

    def peek(self) -> Any:
        return self.handlers[0]

    def __init_subclass__(cls) -> None:
        return None


KEPT: Any = Own


def attack(path: str) -> Any:
    logging.basicConfig()
    return KEPT.peek(logging.getLogger())
