# gained: str
from typing import Any

TEXT = "{0[:].__globals__}"


def attack(path: str) -> Any:
    return TEXT.format({":": attack})
