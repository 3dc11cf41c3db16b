# gained: module warnings
import warnings
from typing import Any


def f(o: Any, x: str) -> Any:
    return getattr(o, f"_mod{x}")


def attack(path: str) -> Any:
    return f(warnings.catch_warnings(), "ule")
