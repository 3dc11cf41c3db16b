import asyncio
from agents.memo_structure import MemoStructure

async def later(work):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, work)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
