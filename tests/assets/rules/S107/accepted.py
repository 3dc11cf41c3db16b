from agents.memo_structure import MemoStructure

class Clock:
    def now(self):
        import time

        return time.time()


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
