from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


SCHEMA = {
    "type": "object",
    "properties": {"insights": {"type": "string"}},
    "required": ["insights"],
}


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("You keep insights.", output_schema=SCHEMA)
        self.insights = ""

    async def general_retrieve(self, recorder):
        return {"insights": self.insights}

    async def general_update(self, recorder):
        prompt = (
            f"Rewrite these insights: {self.insights}. New episode: {str(recorder.steps)[:500]}"
        )
        try:
            answer = await self.agent.ask(prompt)
        except RuntimeError:
            return
        if answer.get("insights"):
            self.insights = answer["insights"][:1000]
