from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("Summarise in one sentence.")
        self.summaries = []

    async def general_retrieve(self, recorder):
        return {"summaries": self.summaries[-3:]}

    async def general_update(self, recorder):
        for step in recorder.steps:
            for value in step.values():
                self.summaries.append((await self.agent.ask(str(value)[:200]))[:200])
        self.summaries = self.summaries[-50:]
