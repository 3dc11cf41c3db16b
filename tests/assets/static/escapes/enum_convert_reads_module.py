# gained: function system
from enum import Enum
from typing import Any, cast


class Names(Enum):
    pass


def attack(path: str) -> Any:
    found = cast(Any, Names)._convert_("Names", "os", lambda name: name == "system")
    return found["system"].value
