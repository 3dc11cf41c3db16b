import asyncio

from agents.memo_structure import MemoStructure


class Memory(MemoStructure):
    async def _store(self, actions):
        await asyncio.sleep(30)
        self.notes.append(actions)
        self.notes = self.notes[-50:]

    def __init__(self):
        super().__init__()
        self.notes = []
        self.tasks = set()

    async def general_retrieve(self, recorder):
        return {"notes": self.notes[-3:]}

    async def general_update(self, recorder):
        actions = [str(step.get("action_took"))[:80] for step in recorder.steps[:20]]
        self.tasks.add(asyncio.create_task(self._store(actions)))
