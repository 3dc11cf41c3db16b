from agents.memo_structure import MemoStructure


class Shelf:
    __limit = 20

    def __init__(self):
        self.__items = []

    def add(self, item):
        self.__items = [*self.__items, item][-self.__limit :]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
