from agents.memo_structure import MemoStructure


class Entry:
    text: str = ""


Entry.__annotations__["more"] = int


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
