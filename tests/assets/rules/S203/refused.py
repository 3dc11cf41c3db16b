from agents.memo_structure import MemoStructure

def names(rows):
    return list(map(getattr, rows, ["name"]))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
