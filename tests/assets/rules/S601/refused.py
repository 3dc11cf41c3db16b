from agents.memo_structure import MemoStructure

LIMIT: int = "10"  # type: ignore[assignment]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
