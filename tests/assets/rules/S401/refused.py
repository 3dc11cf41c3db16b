from agents.memo_structure import MemoStructure

def line(thing):
    return "{0.__class__.__init__}".format(thing)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
