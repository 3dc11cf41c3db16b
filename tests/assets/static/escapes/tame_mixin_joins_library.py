# gained: module warnings
import warnings
from typing import Any, cast


class Mixin:
    def peek(self) -> Any:
        return cast(Any, self)._module


class Both(Mixin, warnings.catch_warnings):  # type: ignore
    pass


def attack(path: str) -> Any:
    return Both().peek()
