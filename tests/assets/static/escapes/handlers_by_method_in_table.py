# gained: StreamHandler
import logging
from typing import Any, cast


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]

    def run(self) -> Any:
        return self.peek


def attack(path: str) -> Any:
    logging.basicConfig()
    own = Own()
    for kind in [type(own)]:
        return kind.peek(cast(Any, logging.getLogger()))
