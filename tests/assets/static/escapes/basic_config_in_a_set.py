# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    return [cast(Any, call)(filename=path) for call in {logging.basicConfig}]
