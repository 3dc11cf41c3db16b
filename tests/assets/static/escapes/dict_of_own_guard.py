# gained: module warnings
import warnings
from typing import Any


class Guard(warnings.catch_warnings):  # type: ignore
    def whole(self) -> Any:
        return self.__dict__


def attack(path: str) -> Any:
    return Guard().whole()["_mod" + "ule"]
