# gained: StreamHandler
import logging
from functools import reduce
from typing import Any


class Own:
    handlers: Any = []

    def peek(self, other: Any) -> Any:
        return self.handlers[0]

    pick: Any = peek


def attack(path: str) -> Any:
    logging.basicConfig()
    return reduce(Own.pick, [logging.getLogger(), 1])
