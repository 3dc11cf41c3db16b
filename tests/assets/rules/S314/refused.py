import numpy as np

from agents.memo_structure import MemoStructure


class Row:
    def __init__(self, values):
        self.values = values

    def __getattr__(self, name):
        return self.values[name]


def forged(memory):
    return np.ndarray((1,), dtype=object, buffer=memory)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
