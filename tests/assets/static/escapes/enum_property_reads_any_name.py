# gained: frame
import enum
from typing import Any

reader: Any = enum.property()


class Box:
    look: Any = reader

    def __init__(self, value: Any) -> None:
        self._value_ = value


def gen() -> Any:
    yield 1


def attack(path: str) -> Any:
    reader._attr_type = "desc"
    reader.name = "gi_frame"
    return Box(gen()).look
