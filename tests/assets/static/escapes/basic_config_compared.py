# gained: file written
import logging
from typing import Any, cast


class Own:
    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, call: Any) -> bool:
        return bool(call(filename=self.path))


def attack(path: str) -> Any:
    return Own(path) == logging.basicConfig
