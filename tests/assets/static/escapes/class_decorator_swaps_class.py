# gained: StreamHandler
import logging
from typing import Any, cast


def swap(cls: Any) -> Any:
    return logging.getLogger


@swap
class Own:
    pass


def attack(path: str) -> Any:
    logging.basicConfig()
    own: Any = Own()
    return own.handlers[0]
