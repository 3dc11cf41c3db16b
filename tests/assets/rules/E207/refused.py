from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("Summarise in one sentence.")
        self.summaries = []
        self.history = ""

    async def general_retrieve(self, recorder):
        return {"summaries": self.summaries[-3:]}

    async def general_update(self, recorder):
        self.history += str(recorder.steps)
        for question in ("what worked?", "what did not?", "what next?"):
            self.summaries.append((await self.agent.ask(question + self.history[-60_000:]))[:200])
        self.summaries = self.summaries[-50:]
