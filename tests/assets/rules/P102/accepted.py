from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        if not recorder.steps:
            return
        last = recorder.steps[-1]
        self.notes.append(str(last.get("action_took"))[:80])
        self.notes = self.notes[-50:]
