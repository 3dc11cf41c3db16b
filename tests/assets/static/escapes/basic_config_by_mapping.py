# gained: file written
import logging
from typing import Any


def attack(path: str) -> None:
    options: dict[str, Any] = {"file" + "name": path, "level": 10}
    logging.basicConfig(**options)
    logging.info("x")
