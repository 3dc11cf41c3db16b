# gained: file written
import logging
from typing import Any, cast


def give() -> Any:
    yield logging.basicConfig


def attack(path: str) -> Any:
    return [call(filename=path) for call in give()]
