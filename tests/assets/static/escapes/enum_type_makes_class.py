# gained: function __new__
from enum import EnumType
from typing import Any, cast


def attack(path: str) -> Any:
    return cast(Any, EnumType).__new__
