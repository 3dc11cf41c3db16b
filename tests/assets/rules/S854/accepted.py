from agents.memo_structure import MemoStructure


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None

    def __init__(self, size: int = 10):
        super().__init__()
        self.size = size
