from agents.memo_structure import MemoStructure

def fill(values):
    return list(map("{:.2f}".format, values))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
