from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.rewards = {}

    async def general_retrieve(self, recorder):
        return {"reward": self.rewards.get(str(recorder.init))}

    async def general_update(self, recorder):
        self.rewards[str(recorder.init)] = float(recorder.reward)
        while len(self.rewards) > 100:
            self.rewards.pop(next(iter(self.rewards)))
