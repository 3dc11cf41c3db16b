import random
from agents.memo_structure import MemoStructure

def pid():
    return random._os.getpid()


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
