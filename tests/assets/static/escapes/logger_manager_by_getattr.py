# gained: Manager
import logging
from typing import Any


def attack(path: str) -> Any:
    return getattr(logging.getLogger("a"), "manager")
