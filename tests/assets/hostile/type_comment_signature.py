# [hostile]
# family = "types_gate"
# static = false    # the comment has no effect: the type checker never sees it
# attempt = "a type comment that contradicts the code"
# canary = "none"
from collections import defaultdict

from agents.memo_structure import MemoStructure

def pick(rows):  # type: ignore[no-untyped-def]
    # type: (list) -> int
    return rows


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
