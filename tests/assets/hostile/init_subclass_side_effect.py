# [hostile]
# family = "attributes"
# static = true
# attempt = "runs code when a class statement is executed"
# canary = "file"
from collections import defaultdict

from agents.memo_structure import MemoStructure

class Base:
    def __init_subclass__(cls, **kwargs):
        try:
            kwargs["store"]("/tmp/alma-canary/init_subclass_side_effect", "w").close()
        except OSError:
            pass


class Row(Base, store=open):
    pass


class ActionRewards(MemoStructure):
    """Average reward of the episodes in which an action was used."""

    def __init__(self):
        super().__init__()
        self.total = defaultdict(float)
        self.count = defaultdict(int)

    async def general_retrieve(self, recorder):
        ranked = sorted(self.total, key=lambda a: (-self.total[a] / self.count[a], a))
        found = {"promising_actions": ranked[:8]}
        return found

    async def general_update(self, recorder):
        for name in sorted({str(s.get("action_took", ""))[:40] for s in recorder.steps}):
            if name in self.count or len(self.count) < 200:
                self.total[name] += recorder.reward
                self.count[name] += 1
