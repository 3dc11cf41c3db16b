from agents.memo_structure import MemoStructure

TOTAL = 0


def add():
    global TOTAL
    TOTAL += 1
    return TOTAL


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
