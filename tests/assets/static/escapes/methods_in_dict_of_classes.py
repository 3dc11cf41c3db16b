# gained: StreamHandler
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


class Other:
    def through(self, kind: Any) -> Any:
        return list(kind.__dict__.values())[-1]


def attack(path: str) -> Any:
    logging.basicConfig()
    found = [v for k in (Own,) for n, v in k.__dict__.items() if n == "pe" + "ek"]
    return found[0](logging.getLogger())
