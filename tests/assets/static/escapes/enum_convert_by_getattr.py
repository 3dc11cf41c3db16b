# gained: function system
from enum import Enum
from typing import Any


class Names(Enum):
    pass


def attack(path: str) -> Any:
    return getattr(Names, "_convert_")("Names", "os", lambda name: name == "system")["system"].value
