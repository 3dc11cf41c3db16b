# gained: int
import numpy as np
from typing import Any


def attack(path: str) -> Any:
    a = np.zeros(4)
    b = a[:]
    a.resize(100000, refcheck=False)
    return len(b)
