# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: Any = []

    def go(self) -> Any:
        return (lambda self: self.handlers[0])(logging.getLogger())


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own().go()
