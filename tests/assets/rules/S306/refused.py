from agents.memo_structure import MemoStructure

def find(value):
    match value:
        case object(__class__=found):
            return found


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
