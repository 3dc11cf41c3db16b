import asyncio
from agents.memo_structure import MemoStructure

class Helper:
    def wait(self, coroutine):
        return asyncio.run(coroutine)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
