from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


SCHEMA = {
    "type": "object",
    "properties": {"lesson": {"type": "string"}},
    "required": ["lesson"],
}


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("You write short lessons.", output_schema=SCHEMA)
        self.lessons = []

    async def general_retrieve(self, recorder):
        return {"lessons": self.lessons[-5:]}

    async def general_update(self, recorder):
        prompt = f"What does this teach? {str(recorder.steps)[:500]}"
        answer = await self.agent.ask(prompt)
        self.lessons.append(str(answer.get("lesson", ""))[:200])
        self.lessons = self.lessons[-50:]
