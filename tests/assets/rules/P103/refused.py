from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.best = []

    async def general_retrieve(self, recorder):
        reward, goal = max(self.best)
        return {"best": goal, "reward": reward}

    async def general_update(self, recorder):
        self.best.append([float(recorder.reward), str(recorder.init.get("goal"))[:80]])
        self.best = sorted(self.best)[-20:]
