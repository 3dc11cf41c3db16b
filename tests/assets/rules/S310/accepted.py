from agents.memo_structure import MemoStructure


class Entry:
    def __getstate__(self):
        return {"text": "x"}

    def whole(self):
        return self.__getstate__()


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
