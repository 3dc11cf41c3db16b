# [hostile]
# family = "attributes"
# static = true
# attempt = "receives the traceback as the argument of __exit__"
# canary = "file"
from collections import defaultdict

from agents.memo_structure import MemoStructure

class Guard:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if trace is not None:
            trace.tb_frame.f_builtins["open"]("/tmp/alma-canary/with_exit_traceback", "w").close()
        return True


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
        with Guard():
            [][0]
        for name in sorted({str(s.get("action_took", ""))[:40] for s in recorder.steps}):
            if name in self.count or len(self.count) < 200:
                self.total[name] += recorder.reward
                self.count[name] += 1
