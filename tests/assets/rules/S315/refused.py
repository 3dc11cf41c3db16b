from agents.memo_structure import MemoStructure


def carried(value):
    try:
        return value.text
    except AttributeError as error:
        return error.obj


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
