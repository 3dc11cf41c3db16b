from collections import namedtuple
from agents.memo_structure import MemoStructure

Point = namedtuple("Point", "x y")


def moved(point):
    return point._replace(x=point.x + 1)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
