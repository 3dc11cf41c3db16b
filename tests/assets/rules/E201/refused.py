from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.copies = [[0.0] * 1_000_000]

    async def general_retrieve(self, recorder):
        return {"copies": len(self.copies)}

    async def general_update(self, recorder):
        self.copies += [list(self.copies[-1]) for _ in range(4)]
