# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    def __new__(cls) -> Any:
        return logging.getLogger()


def attack(path: str) -> Any:
    logging.basicConfig()
    own = Own()
    return own.handlers[0]
