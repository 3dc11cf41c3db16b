from agents.memo_structure import MemoStructure

@no_type_check
def anything(value):
    return value


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
