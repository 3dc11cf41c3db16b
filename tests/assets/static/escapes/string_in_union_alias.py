# gained: file written
from functools import singledispatch
from typing import Any, Union
import logging

Either = Union["logging.io.FileIO", int]


@singledispatch
def f(x: Any) -> None:
    return None


@f.register
def _(x: Either) -> None:
    return None


def attack(path: str) -> Any:
    found = [k for k in f.registry if k is not object and k is not int]
    return found[0](path, "w")  # type: ignore
