try:
    from typing_extensions import override
except ImportError:
    from typing import override

try:
    import numpy as np
except ImportError:
    np = None
from agents.memo_structure import MemoStructure


def size(values):
    return len(values) if np is None else np.size(values)


def same(function):
    return override(function)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
