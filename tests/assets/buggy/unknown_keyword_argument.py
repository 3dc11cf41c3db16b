# [expect]
# stage = "types"
# names = ["max_items"]
# bug = "an own method is called with a keyword it does not have"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class RuleMemory(MemoStructure):
    """Counts how often each action ended in success."""

    def __init__(self) -> None:
        super().__init__()
        self.success: Dict[str, int] = {}
        self.total: Dict[str, int] = {}

    def _top(self, limit: int = 5) -> List[Dict[str, Any]]:
        rate = {name: self.success.get(name, 0) / count for name, count in self.total.items()}
        names = sorted(rate, key=lambda name: (-rate[name], name))[:limit]
        return [{"action": name, "success_rate": round(rate[name], 3)} for name in names]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"rules": self._top(max_items=5)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for action in sorted({str(step.get("action_took", ""))[:60] for step in recorder.steps}):
            self.total[action] = self.total.get(action, 0) + 1
            if recorder.reward >= 0.99:
                self.success[action] = self.success.get(action, 0) + 1
        if len(self.total) > 800:
            self.total = dict(list(self.total.items())[-400:])
