# gained: file written
import numpy as np


class Cover:
    def dump(self) -> None:
        return None


def attack(path: str) -> None:
    np.array([1]).dump(path)
