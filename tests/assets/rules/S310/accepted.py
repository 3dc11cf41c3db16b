import copy

from agents.memo_structure import MemoStructure


class Entry:
    def __init__(self, text):
        self.text = text
        self.__dict__["seen"] = False

    def __getstate__(self):
        state = dict(self.__dict__)
        state["seen"] = False
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)

    def whole(self):
        return {**self.__dict__, "kind": "entry"}

    def twin(self):
        return copy.copy(self)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
