from agents.memo_structure import MemoStructure


def whole(value):
    return value.__getstate__()


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
