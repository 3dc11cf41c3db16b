from agents.memo_structure import MemoStructure

class Registry(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
