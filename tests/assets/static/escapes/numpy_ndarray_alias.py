# gained: ndarray
import numpy as np
from typing import Any

make: Any = np.ndarray


def attack(path: str) -> Any:
    return make((1,), dtype=object, buffer=bytearray(8))
