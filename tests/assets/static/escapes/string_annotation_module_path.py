# gained: file written
from functools import singledispatch
from typing import Any
import logging


@singledispatch
def f(x: Any) -> None:
    return None


@f.register
def _(x: "logging.io.FileIO") -> None:
    return None


def attack(path: str) -> Any:
    return [k for k in f.registry if k is not object][0](path, "w")  # type: ignore
