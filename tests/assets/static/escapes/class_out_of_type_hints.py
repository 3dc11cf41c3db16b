# gained: StreamHandler
import logging
from typing import Any, get_type_hints


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def takes(own: Own) -> None:
    return None


def attack(path: str) -> Any:
    logging.basicConfig()
    return get_type_hints(takes)["own"].peek(logging.getLogger())
