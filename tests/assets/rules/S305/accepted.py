from abc import ABC, ABCMeta
from agents.memo_structure import MemoStructure

class Layer(metaclass=ABCMeta):
    pass


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
