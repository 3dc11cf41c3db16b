from agents.memo_structure import MemoStructure

def first():
    return sum(range(10**12))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
