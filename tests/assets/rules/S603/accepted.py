from typing import TYPE_CHECKING
from agents.memo_structure import MemoStructure

if TYPE_CHECKING:
    from collections.abc import Sequence


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
