import enum

from agents.memo_structure import MemoStructure


def make(name):
    return type(name, (), {})


def made(names):
    return enum.Enum("Made", names)


Maker = type[int]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
