from agents.memo_structure import MemoStructure
from utils.hire_agent import Agent


SCHEMA = {
    "type": "object",
    "properties": {"rules": {"type": "array", "items": {"type": "string"}}},
    "required": ["rules"],
}


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.agent = Agent("You keep a list of rules.", output_schema=SCHEMA)
        self.rules = []

    async def general_retrieve(self, recorder):
        return {"rules": self.rules}

    async def general_update(self, recorder):
        prompt = f"Rules: {self.rules}. Improve them after: {str(recorder.steps)[:500]}"
        try:
            answer = await self.agent.ask(prompt)
        except RuntimeError:
            return
        if answer.get("rules"):
            self.rules = [rule[:200] for rule in answer["rules"]][:10]
