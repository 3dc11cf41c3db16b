from functools import wraps

from agents.memo_structure import MemoStructure


def named(function, names):
    return wraps(function, names)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
