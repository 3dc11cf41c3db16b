from agents.memo_structure import MemoStructure

def safe(work):
    try:
        return work()
    except:
        return None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
