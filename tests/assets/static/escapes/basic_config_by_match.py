# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    match logging.basicConfig:
        case call:
            cast(Any, call)(filename=path)
