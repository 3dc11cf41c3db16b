# gained: StreamHandler
import dataclasses
import logging
from typing import Any


class Own:
    handlers: list[Any] = []

    def peek(self) -> Any:
        return self.handlers[0]


@dataclasses.dataclass
class Holder:
    own: Own | None = None
    mine: Own = dataclasses.field(default_factory=Own)


def attack(path: str) -> Any:
    logging.basicConfig()
    field = dataclasses.fields(Holder)[1]
    return field.type.peek(logging.getLogger())
