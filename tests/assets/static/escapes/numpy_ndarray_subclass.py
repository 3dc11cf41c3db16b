# gained: A
import numpy as np
from typing import Any


class A(np.ndarray):
    pass


def attack(path: str) -> Any:
    return A((1,), object, bytearray(8))
