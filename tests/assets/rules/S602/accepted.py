from typing import Any
from agents.memo_structure import MemoStructure

def anything(value: Any) -> Any:
    return value


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
