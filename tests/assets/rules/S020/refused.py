from agents.memo_structure import MemoStructure

@(lambda function: function)
def pick(rows):
    return rows


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
