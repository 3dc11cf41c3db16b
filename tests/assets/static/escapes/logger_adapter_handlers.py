# gained: StreamHandler
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    logging.basicConfig()
    return cast(Any, logging.LoggerAdapter(logging.getLogger("x"), {})).logger.parent.handlers[0]
