# gained: StreamHandler
import collections
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    made = collections.defaultdict(Own)
    return made.default_factory.peek(logging.getLogger())
