# gained: str
import json
from typing import Any


def attack(path: str) -> Any:
    type(json.JSONEncoder()).encode = lambda self, o: "patched"  # type: ignore
    return json.JSONEncoder().encode({})
