import copy

from agents.memo_structure import MemoStructure


def whole(value):
    return value.__getstate__()


class Entry:
    def __init__(self, name, value):
        self.__dict__[name] = value

    def inside(self):
        return self.__dict__

    def twin(self):
        return copy.copy(self)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
