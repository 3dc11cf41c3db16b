from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.table = {}

    async def general_retrieve(self, recorder):
        return {"first": self.table.get(0, 0.0)}

    async def general_update(self, recorder):
        steps = len(recorder.steps)
        self.table[steps] = self.table.get(steps, 0.0) + float(recorder.reward)
