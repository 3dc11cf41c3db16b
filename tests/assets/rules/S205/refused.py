from agents.memo_structure import MemoStructure

def link(other: "print('hello')"):
    return other


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
