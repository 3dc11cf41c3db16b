from agents.memo_structure import MemoStructure

def fill(parts, thing):
    return "".join(parts).format(thing)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
