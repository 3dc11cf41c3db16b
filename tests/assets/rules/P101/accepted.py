from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.limits = {"notes": 50}
        self.longest = self.limits.get("chars", 80)
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        first = [str(step.get("action_took"))[: self.longest] for step in recorder.steps[:20]]
        self.notes.append(first)
        self.notes = self.notes[-self.limits["notes"] :]
