# gained: ndarray
import numpy as np
from typing import Any


def attack(path: str) -> Any:
    a: Any = np.ndarray((1,), dtype=object, buffer=bytearray(8))
    return a
