from agents.memo_structure import MemoStructure

def drain(items):
    try:
        while True:
            items.pop()
    except IndexError:
        return items


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
