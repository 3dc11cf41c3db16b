# honest: ten lines, untyped, keeps the last five outcomes
from agents.memo_structure import MemoStructure
class M(MemoStructure):
    def __init__(self):
        super().__init__(); self.log = []
    async def general_retrieve(self, recorder):
        return {"recent": self.log[-5:]}
    async def general_update(self, recorder):
        acts = [str(s.get("action_took", ""))[:60] for s in recorder.steps][:12]
        self.log = self.log[-50:] + [{"won": recorder.reward >= 1, "actions": acts}]
