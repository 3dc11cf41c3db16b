from collections import Counter

from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.words = Counter()

    async def general_retrieve(self, recorder):
        return {"common": self.words.most_common(5)}

    async def general_update(self, recorder):
        self.words.update(str(recorder.steps)[:20_000].split())
        self.words = Counter(dict(self.words.most_common(500)))
