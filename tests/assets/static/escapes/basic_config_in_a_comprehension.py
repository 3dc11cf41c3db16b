# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, [logging.basicConfig for _ in range(1)][0])(filename=path)
