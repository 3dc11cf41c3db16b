# gained: module warnings
import warnings
from typing import Any


def attack(path: str) -> Any:
    return [[v for k, v in w.__dict__.items()] for w in [warnings.catch_warnings()]][0][1]
