from agents.memo_structure import MemoStructure


class Entry:
    text: str = ""

    def names(self):
        return list(type(self).__annotations__.items())


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
