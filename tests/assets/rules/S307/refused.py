from agents.memo_structure import MemoStructure

BASES = (object,)


class Registry(*BASES):
    pass


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
