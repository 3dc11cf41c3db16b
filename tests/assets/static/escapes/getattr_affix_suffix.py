# gained: file written
import numpy as np
from typing import Any


def f(o: Any, x: str) -> Any:
    return getattr(o, f"{x}ump")


def attack(path: str) -> None:
    f(np.array([1]), "d")(path)
