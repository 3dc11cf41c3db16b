import asyncio
from agents.memo_structure import MemoStructure

async def safe(work):
    try:
        return await work()
    except asyncio.CancelledError:
        return None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
