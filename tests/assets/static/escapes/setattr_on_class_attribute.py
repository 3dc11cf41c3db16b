# gained: str
import json
from typing import Any


def attack(path: str) -> Any:
    setattr(json.JSONEncoder().__class__, "encode", lambda self, o: "patched")
    return json.JSONEncoder().encode({})
