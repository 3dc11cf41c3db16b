# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    pass


def attack(path: str) -> Any:
    logging.basicConfig()
    own: Any = Own()
    own, other = logging.getLogger(), 1
    return own.handlers[0]
