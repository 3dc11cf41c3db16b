from agents.memo_structure import MemoStructure

class Other:
    pass


def disguise(value):
    value.__class__ = Other


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
