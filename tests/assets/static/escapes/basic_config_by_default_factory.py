# gained: file written
import logging
from typing import Any, cast


def use(path: str, default_factory: Any) -> Any:
    return default_factory(filename=path)


def attack(path: str) -> Any:
    return use(path, default_factory=logging.basicConfig)
