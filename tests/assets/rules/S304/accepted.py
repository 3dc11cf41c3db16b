from agents.memo_structure import MemoStructure

class Row:
    __slots__ = ("a",)

    def __eq__(self, other):
        return isinstance(other, Row) and self.a == other.a

    __hash__ = None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
