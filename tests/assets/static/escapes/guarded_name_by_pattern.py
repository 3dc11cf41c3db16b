# gained: file written
import numpy as np


def attack(path: str) -> None:
    match np.array([1]):
        case object(dump=write):
            write(path)
