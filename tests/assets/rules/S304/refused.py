from agents.memo_structure import MemoStructure

class Row:
    def __getattribute__(self, name):
        return 1


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
