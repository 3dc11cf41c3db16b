from agents.memo_structure import MemoStructure

def check(value):
    if not value:
        raise ValueError("empty")


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
