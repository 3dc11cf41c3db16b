from agents.memo_structure import MemoStructure

class Router:
    def handle(self, kind, step):
        return getattr(self, f"_handle_{kind}", self._other)(step)

    def _other(self, step):
        return None


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
