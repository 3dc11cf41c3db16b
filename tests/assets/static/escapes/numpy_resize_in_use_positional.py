# gained: int
import numpy as np
from typing import Any, cast


def attack(path: str) -> Any:
    a: Any = np.zeros(4)
    b = a[:]
    a.resize((100000,), **{"ref" + "check": False})
    return len(b)
