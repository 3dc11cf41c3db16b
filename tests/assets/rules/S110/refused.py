import json
from agents.memo_structure import MemoStructure

def decoder():
    return json.JSONDecoder._decode


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
