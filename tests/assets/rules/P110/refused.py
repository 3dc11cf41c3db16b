from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    notes = []

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        self.notes.append(str(recorder.init.get("goal"))[:80])
        del self.notes[:-50]
