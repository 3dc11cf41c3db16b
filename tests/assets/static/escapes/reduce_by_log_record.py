# gained: str
import copy
import logging
from typing import Any


class Spy:
    pass


def attack(path: str) -> Any:
    value = lambda version: (lambda: Spy, (), (None, {"__name__": "changed"}))
    name = "".join(reversed("__xe_ecuder__"))
    logger = logging.getLogger("a")
    record = logger.makeRecord("a", 10, "f", 1, "m", (), None, extra={name: value})
    copy.deepcopy(record)
    return Spy.__name__
