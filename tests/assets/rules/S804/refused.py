import re
from agents.memo_structure import MemoStructure

WORDS = re.compile(r"^(\w+\s?)*$")


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
