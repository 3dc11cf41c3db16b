from agents.memo_structure import MemoStructure

SQUARES = []
while len(SQUARES) < 10:
    SQUARES.append(len(SQUARES))


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
