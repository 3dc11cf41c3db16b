from collections import Counter

from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.letters = Counter()

    async def general_retrieve(self, recorder):
        return {"letters": self.letters.most_common(3)}

    async def general_update(self, recorder):
        self.letters.update(str(recorder.steps)[:2000])
