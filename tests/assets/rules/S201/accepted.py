from agents.memo_structure import MemoStructure

def follow(exits):
    for exit in exits:
        if exit:
            return exit
    return None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
