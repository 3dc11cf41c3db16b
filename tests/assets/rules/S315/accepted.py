from agents.memo_structure import MemoStructure


class Triple:
    obj: str = ""


def objects(triples):
    return [triple.obj for triple in triples]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
