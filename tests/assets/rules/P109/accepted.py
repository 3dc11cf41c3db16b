from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.last = None

    async def general_retrieve(self, recorder):
        return {"before": str(self.last)[:200]}

    async def general_update(self, recorder):
        if self.last is not None:
            self.last["outdated"] = True
        self.last = dict(recorder.init)
