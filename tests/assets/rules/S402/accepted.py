from agents.memo_structure import MemoStructure

PROMPT = "Goal: {goal}\n" + "Notes: {notes}"


def fill(goal, notes):
    return PROMPT.format(goal=goal, notes=notes)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
