from agents.memo_structure import MemoStructure

def pick(value):
    match value:
        case [first, *_]:
            return first
    return None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
