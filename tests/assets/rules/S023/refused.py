import asyncio as _Holder__aio
from agents.memo_structure import MemoStructure

__aio = None


class Holder:
    def look(self):
        return __aio


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
