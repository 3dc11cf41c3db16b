# gained: ndarray
from typing import Any

import numpy as np


class Fake:
    def __init__(self, address: int) -> None:
        name = "".join(reversed("__ecafretni_yarra__"))
        data = (address, False)
        self.__dict__[name] = {"data": data, "shape": (4,), "typestr": "|u1", "version": 3}


def attack(path: str) -> Any:
    secret = "a text that is nowhere passed on"
    return np.asarray(Fake(id(secret)))
