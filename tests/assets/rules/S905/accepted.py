import asyncio
from agents.memo_structure import MemoStructure

def demo():
    return asyncio.run(asyncio.sleep(0))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
