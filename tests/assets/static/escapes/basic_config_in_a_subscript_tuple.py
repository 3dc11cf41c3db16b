# gained: file written
import logging
from typing import Any, cast


class Own:
    def __getitem__(self, item: Any) -> Any:
        return item[1](filename=item[0])


def attack(path: str) -> Any:
    return Own()[path, logging.basicConfig]
