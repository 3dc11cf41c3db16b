from functools import singledispatch

from agents.memo_structure import MemoStructure


@singledispatch
def flat(value):
    return [value]


def made(function):
    return flat.register(function)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
