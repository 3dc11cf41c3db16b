# gained: Names
import json
from enum import Enum, global_enum
from typing import Any, cast


class Loud:
    def __init__(self, text: str = "") -> None:
        self.text = text

    def __call__(self, *a: Any, **k: Any) -> str:
        return "patched"


def attack(path: str) -> Any:
    cast(Any, global_enum)(cast(Any, Enum)("Names", {"dumps": "x"}, type=Loud, module="json"))
    return json.dumps
