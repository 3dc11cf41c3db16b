# gained: ndarray
import numpy as np
from typing import Any


def attack(path: str) -> Any:
    return type(np.zeros(1))((1,), object, bytearray(8))
