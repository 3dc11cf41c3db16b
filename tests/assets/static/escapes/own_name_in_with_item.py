# gained: StreamHandler
import logging, contextlib
from typing import Any, cast


class Own:
    pass


def attack(path: str) -> Any:
    logging.basicConfig()
    own: Any = Own()
    with contextlib.nullcontext(logging.getLogger()) as own:
        return own.handlers[0]
