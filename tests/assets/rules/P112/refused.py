from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.log = []

    async def general_retrieve(self, recorder):
        return {"history": self.log}

    async def general_update(self, recorder):
        actions = [str(step.get("action_took"))[:40] for step in recorder.steps]
        self.log.append(" then ".join(actions)[:160] or "nothing")
