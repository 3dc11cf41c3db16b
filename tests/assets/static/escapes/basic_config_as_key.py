# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    seen: dict[Any, int] = {}
    seen[logging.basicConfig] = 1
    return [call(filename=path) for call in seen]
