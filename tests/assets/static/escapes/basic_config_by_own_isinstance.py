# gained: file written
import logging
from typing import Any, cast


def isinstance(path: Any, calls: Any) -> Any:
    return calls[0](filename=path)


def attack(path: str) -> Any:
    return isinstance(path, (logging.basicConfig,))
