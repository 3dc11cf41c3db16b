# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: Any = []

    def go(self) -> Any:
        def peek(self: Any) -> Any:
            return self.handlers[0]

        return peek(logging.getLogger())


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own().go()
