# gained: file written
import logging
from typing import Any, cast


def attack(path: str, call: Any = logging.basicConfig) -> Any:
    return call(filename=path)
