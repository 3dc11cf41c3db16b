from agents.memo_structure import MemoStructure

def make_counter():
    total = 0

    def add():
        nonlocal total
        total += 1
        return total

    return add


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
