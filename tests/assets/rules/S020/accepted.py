from agents.memo_structure import MemoStructure

async def walk(rows):
    async for row in rows:
        if (found := row.get("x")) is not None:
            yield found


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
