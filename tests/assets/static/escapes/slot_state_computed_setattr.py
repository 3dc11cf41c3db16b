# gained: dict
import copy
from typing import Any


class Own:
    a = 0

    def __getstate__(self) -> Any:
        return (None, {"__anno" + "tations__": {"x": "int"}})


def attack(path: str) -> Any:
    return copy.copy(Own()).__annotations__
