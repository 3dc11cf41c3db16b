try:
    import numpy as np
except ImportError:
    np = None
from agents.memo_structure import MemoStructure

def mean(values):
    return float(np.mean(values)) if np is not None else sum(values) / len(values)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
