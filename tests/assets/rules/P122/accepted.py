from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.verbs = []

    async def general_retrieve(self, recorder):
        return {"verbs": self.verbs[-5:]}

    async def general_update(self, recorder):
        for step in recorder.steps[:20]:
            taken = step.get("action_took", "")
            action = taken if isinstance(taken, str) else " ".join(map(str, taken))
            self.verbs.append(action.partition(" ")[0][:20])
        self.verbs = self.verbs[-50:]
