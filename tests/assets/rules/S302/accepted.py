from agents.memo_structure import MemoStructure

class Item:
    def __repr__(self):
        return f"{self.__class__.__name__}({self.__dict__})"


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
