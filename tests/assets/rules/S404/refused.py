from agents.memo_structure import MemoStructure

def pad(value):
    return "{:>900000000}".format(value)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
