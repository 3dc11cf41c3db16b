# gained: file
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    logging.basicConfig()
    root = cast(Any, logging.getLogger()).__getstate__()
    stream = root["hand" + "lers"][0].__getstate__()["str" + "eam"]
    return stream
