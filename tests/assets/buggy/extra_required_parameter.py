# [expect]
# stage = "types"
# names = ["general_update"]
# bug = "general_update demands a second argument that nobody passes"
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ActionValueMemory(MemoStructure):
    """Exponential average of the reward per action."""

    def __init__(self) -> None:
        super().__init__()
        self.values: Dict[str, float] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        admissible = recorder.init.get("actions_list") or list(self.values)
        rated = {str(action)[:80]: round(self.values.get(str(action)[:80], 0.0), 3) for action in admissible[:40]}
        best = sorted(rated.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
        return {"action_values": dict(best)}

    async def general_update(self, recorder: Basic_Recorder, success_threshold: float) -> None:
        target = 1.0 if recorder.reward >= success_threshold else 0.0
        for step in recorder.steps[:200]:
            action = str(step.get("action_took", ""))[:80]
            old = self.values.get(action, 0.0)
            self.values[action] = old + 0.2 * (target - old)
        if len(self.values) > 1000:
            self.values = dict(sorted(self.values.items(), key=lambda pair: -pair[1])[:500])
