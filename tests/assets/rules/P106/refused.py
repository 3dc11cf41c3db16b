from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.episodes = []

    async def general_retrieve(self, recorder):
        return {"episodes": self.episodes}

    async def general_update(self, recorder):
        self.episodes.append(
            {"init": dict(recorder.init), "steps": [dict(step) for step in recorder.steps]}
        )
