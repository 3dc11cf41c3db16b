from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.episodes = []

    async def general_retrieve(self, recorder):
        return {"episodes": self.episodes[-3:]}

    async def general_update(self, recorder):
        actions = [str(step.get("action_took"))[:80] for step in recorder.steps[:20]]
        self.episodes.append({"actions": actions, "reward": float(recorder.reward)})
        self.episodes = self.episodes[-50:]
