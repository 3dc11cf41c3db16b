from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        self.notes.append([str(step.get("action_took"))[:80] for step in recorder.steps[:20]])
        self.notes = self.notes[-50:]
