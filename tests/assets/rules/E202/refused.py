from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.costs = []

    async def general_retrieve(self, recorder):
        return {"costs": self.costs[-5:]}

    async def general_update(self, recorder):
        self.costs.append(len(recorder.steps) / recorder.reward)
