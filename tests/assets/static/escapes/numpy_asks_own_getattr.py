# gained: ndarray
from typing import Any

import numpy as np


class Fake:
    def __init__(self, address: int) -> None:
        self.address = address

    def __getattr__(self, name: str) -> Any:
        if name.endswith("interface__"):
            data = (self.address, False)
            return {"data": data, "shape": (4,), "typestr": "|u1", "version": 3}
        raise AttributeError(name)


def attack(path: str) -> Any:
    secret = "a text that is nowhere passed on"
    return np.asarray(Fake(id(secret) + 40))
