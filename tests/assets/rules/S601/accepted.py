from agents.memo_structure import MemoStructure

# This comment explains the next line.
LIMIT = 10


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
