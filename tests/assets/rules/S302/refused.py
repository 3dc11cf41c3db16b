from agents.memo_structure import MemoStructure

def roots(value):
    return value.__class__.__mro__


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
