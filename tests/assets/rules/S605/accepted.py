from agents.memo_structure import MemoStructure

# mypy is a type checker; nothing here switches it off.
LIMIT = 10


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
