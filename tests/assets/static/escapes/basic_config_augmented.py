# gained: file written
import logging
from typing import Any, cast


class Own:
    def __init__(self, path: str) -> None:
        self.path = path

    def __iadd__(self, call: Any) -> Any:
        return call(filename=self.path)


def attack(path: str) -> Any:
    own = Own(path)
    own += logging.basicConfig
    return own
