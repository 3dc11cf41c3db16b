# gained: ndarray
from types import SimpleNamespace
from typing import Any

import numpy as np


def attack(path: str) -> Any:
    secret = "a text that is nowhere passed on"
    name = "".join(reversed("__ecafretni_yarra__"))
    data = {"data": (id(secret), False), "shape": (4,), "typestr": "|u1", "version": 3}
    return np.asarray(SimpleNamespace(**{name: data}))
