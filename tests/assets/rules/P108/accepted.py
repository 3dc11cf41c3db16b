from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        newest_first = recorder.steps[::-1]
        latest = [str(step.get("action_took"))[:80] for step in newest_first[:5]]
        self.notes.append(latest)
        self.notes = self.notes[-50:]
