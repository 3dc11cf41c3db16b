# gained: file written
import numpy as np


def attack(path: str) -> None:
    getattr(np.array([1]), "dump")(path)
