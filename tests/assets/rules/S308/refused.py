import asyncio
from agents.memo_structure import MemoStructure

async def later():
    asyncio.get_running_loop().stop()


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
