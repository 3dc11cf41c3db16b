# gained: module warnings
import warnings
from typing import Any


def attack(path: str) -> Any:
    kind = "_mod"
    return [getattr(w, f"{k}ule") for w, k in [(warnings.catch_warnings(), kind)]][0]
