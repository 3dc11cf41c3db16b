# gained: namespace
import json
from functools import lru_cache
from typing import Any


def attack(path: str) -> Any:
    return getattr(lru_cache(json.dumps).__wrapped__, "__globals__")
