import itertools
from agents.memo_structure import MemoStructure

def first():
    return list(itertools.islice(itertools.count(), 10))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
