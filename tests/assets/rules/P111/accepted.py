import asyncio

from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    @staticmethod
    def _key(recorder):
        return str(sorted(recorder.init.items()))[:2000]

    def __init__(self):
        super().__init__()
        self.rewards = {}

    async def general_retrieve(self, recorder):
        asked = self._key(recorder)
        await asyncio.sleep(0)
        return {"asked": asked[:80], "reward": self.rewards.get(asked)}

    async def general_update(self, recorder):
        self.rewards[self._key(recorder)] = float(recorder.reward)
        while len(self.rewards) > 200:
            self.rewards.pop(next(iter(self.rewards)))
