from agents.memo_structure import MemoStructure

def fill(templates, thing):
    return [str.format(template, thing) for template in templates]


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
