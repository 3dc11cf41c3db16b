# honest: the smallest possible design, a memory that remembers nothing
from agents.memo_structure import MemoStructure


class NoMemory(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        pass
