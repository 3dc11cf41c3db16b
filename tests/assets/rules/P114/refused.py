from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.seen = set()

    async def general_retrieve(self, recorder):
        return {"actions": list(self.seen)[:5]}

    async def general_update(self, recorder):
        self.seen.update(str(step.get("action_took"))[:80] for step in recorder.steps[:20])
