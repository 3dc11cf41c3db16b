from agents.memo_structure import MemoStructure

class Move:
    __match_args__ = ("verb",)

    def __init__(self, verb):
        self.verb = verb


def verb(step):
    match step:
        case Move(verb=found):
            return found
    return ""


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
