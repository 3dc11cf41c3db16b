from agents.memo_structure import MemoStructure

SQUARES = []
for number in range(10):
    SQUARES.append(number * number)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
