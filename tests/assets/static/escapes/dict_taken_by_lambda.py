# gained: module warnings
import warnings
from typing import Any


def attack(path: str) -> Any:
    whole: Any = lambda w: w.__dict__
    return whole(warnings.catch_warnings())["_mod" + "ule"]
