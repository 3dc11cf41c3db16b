from agents.memo_structure import MemoStructure

LINE = "=" * 10**10


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
