# gained: file written
import numpy as np
from typing import Any, cast


class A(np.ndarray):
    def __getattr__(self, name: str) -> Any:
        return super().__getattribute__("to" + name)  # type: ignore


def attack(path: str) -> None:
    cast(Any, np.array([1]).view(A)).file(path)
