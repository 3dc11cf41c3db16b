from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.snapshots = []

    async def general_retrieve(self, recorder):
        return {"episodes": len(self.snapshots)}

    async def general_update(self, recorder):
        words = str(recorder.steps).split()
        table = [[0.0] * 200_000 for _ in range(1 + len(words))]
        self.snapshots.append(table)
