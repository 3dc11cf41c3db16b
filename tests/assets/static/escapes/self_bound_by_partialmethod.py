# gained: StreamHandler
import logging
from functools import partialmethod
from typing import Any


class Own:
    def peek(self) -> Any:
        return self.handlers[0]  # type: ignore

    look = partialmethod(peek)


def attack(path: str) -> Any:
    logging.basicConfig()
    return Own.look.__get__(logging.getLogger())()  # type: ignore
