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
        try:
            answer = await self.agent.ask(str(recorder.steps)[:2000])
        except RuntimeError:
            return
        self.summaries.append(answer[:200])
        self.summaries = self.summaries[-50:]
