# gained: file
import logging
from typing import Any, cast


def attack(path: str) -> Any:
    class L(logging.Logger):
        def peek(self) -> Any:
            return self.__dict__

    logging.basicConfig()
    own = L("a")
    own.parent = logging.getLogger()
    return cast(Any, own.parent).handlers[0].stream.buffer
