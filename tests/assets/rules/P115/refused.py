from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        text = str(recorder.init.get("obs"))
        while "(" in text:
            text = text.replace("((", "(")
        self.notes.append(text[:80])
        self.notes = self.notes[-50:]
