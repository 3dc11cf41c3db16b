from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("You keep insights.")
        self.insights = ""

    async def general_retrieve(self, recorder):
        return {"insights": self.insights}

    async def general_update(self, recorder):
        prompt = (
            f"Rewrite these insights: {self.insights}. New episode: {str(recorder.steps)[:500]}"
        )
        try:
            self.insights = (await self.agent.ask(prompt))[:1000]
        except RuntimeError:
            return
