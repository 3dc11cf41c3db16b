from functools import singledispatch

from agents.memo_structure import MemoStructure


@singledispatch
def flat(value):
    return [value]


@flat.register
def _(value: int | float):
    return [value]


@flat.register(list)
def _(value):
    return value


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
