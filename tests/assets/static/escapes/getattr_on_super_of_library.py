# gained: file written
import numpy as np
from typing import Any


def attack(path: str) -> None:
    names = {"a": "tofile"}
    for key in names:
        getattr(np.zeros(1), names[key])(path)
