from agents.memo_structure import MemoStructure

API_KEY = "sk-proj-aB3dE5fG7hI9jK1lM3nO5pQ7"


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
