# gained: module warnings
import warnings
from typing import Any


def attack(path: str) -> Any:
    return [w.__dict__ for w in [warnings.catch_warnings()]][0]["_mod" + "ule"]
