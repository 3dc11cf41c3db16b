# gained: file written
import numpy as np
from typing import Any, cast


class A(np.ndarray):
    def __getattr__(self, name: str) -> Any:
        name = name[::-1]
        return getattr(super(), name)


def attack(path: str) -> None:
    cast(Any, np.array([1]).view(A)).elifot(path)
