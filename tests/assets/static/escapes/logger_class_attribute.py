# gained: Manager
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, logging.Logger).manager
