# gained: module ctypes
import numpy as np
from typing import Any


def attack(path: str) -> Any:
    return getattr(np.array([1]), "ctypes")._ctypes
