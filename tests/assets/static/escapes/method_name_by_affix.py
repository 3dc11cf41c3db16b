# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def zeek(self) -> Any:
        return self.handlers[0]


def attack(path: str) -> Any:
    logging.basicConfig()
    end = path[:0] + "ek"
    return getattr(Own, f"ze{end}")(logging.getLogger())
