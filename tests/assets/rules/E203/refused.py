from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.texts = []

    async def general_retrieve(self, recorder):
        return {"texts": len(self.texts)}

    async def general_update(self, recorder):
        text = str(recorder.steps)[:2000]
        self.texts.append(text)
        for _ in range(3000):
            sorted(text)
