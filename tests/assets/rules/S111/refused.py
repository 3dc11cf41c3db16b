from json import dumps as show
from pprint import pformat as show
from agents.memo_structure import MemoStructure


def shown(value):
    return show(value)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
