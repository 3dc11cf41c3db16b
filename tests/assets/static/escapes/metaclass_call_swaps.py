# gained: StreamHandler
import logging
from typing import Any, cast


class Meta(type):
    def __call__(cls) -> Any:
        return logging.getLogger()


class Own(metaclass=Meta):
    pass


def attack(path: str) -> Any:
    logging.basicConfig()
    own: Any = Own()
    return own.handlers[0]
