from agents.memo_structure import MemoStructure

class Bag:
    def __init__(self):
        self._items = []

    def __len__(self):
        return len(self._items)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
