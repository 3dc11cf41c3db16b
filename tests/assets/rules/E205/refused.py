from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.table = [0.0] * 56_000_000

    async def general_retrieve(self, recorder):
        return {"first": self.table[0]}

    async def general_update(self, recorder):
        self.table[len(recorder.steps)] += float(recorder.reward)
