from abc import abstractmethod
from agents.memo_structure import MemoStructure


class Base(MemoStructure):
    @abstractmethod
    def render(self):
        """What the memory shows."""


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
