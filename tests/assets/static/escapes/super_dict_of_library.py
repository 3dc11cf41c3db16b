# gained: list
import logging
from typing import Any


class L(logging.Logger):
    def all(self) -> Any:
        return self.__dict__


def attack(path: str) -> Any:
    logging.basicConfig()
    own = L("x")
    own.parent = logging.getLogger()
    return own.all()["par" + "ent"].handlers
