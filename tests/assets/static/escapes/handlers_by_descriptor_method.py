# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    handlers: list[Any] = []

    def __call__(self) -> Any:
        return self.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.__call__(cast(Any, logging.getLogger()))
