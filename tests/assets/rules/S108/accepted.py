import json
from agents.memo_structure import MemoStructure

class Encoder(json.JSONEncoder):
    def default(self, o):
        return str(o)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
