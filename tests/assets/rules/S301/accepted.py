from agents.memo_structure import MemoStructure


class Node:
    def __init__(self):
        self._seen = 0

    def look(self):
        self._seen += 1
        return self


def frame(picture):
    node = Node()
    node._seen = 1
    return picture.frame


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
