from agents.memo_structure import MemoStructure


def same(value):
    return type(value)("x")


def kinds(values):
    return [type(value) for value in values]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
