from agents.memo_structure import MemoStructure

def read(thing, name):
    return getattr(thing, name)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
