# gained: StreamHandler
import logging
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Odd(Protocol):
    handlers: Any


def attack(path: str) -> Any:
    logging.basicConfig()
    match logging.getLogger():
        case Odd(handlers=found):
            return found[0]
    return None
