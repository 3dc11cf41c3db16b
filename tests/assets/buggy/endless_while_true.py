# [expect]
# stage = "static"
# names = ["while True", "endless", "_compress"]
# bug = "a refinement loop has no way out"
from collections import Counter
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class MergingMemory(MemoStructure):
    """Merges neighbouring duplicate actions until the plan is stable."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: List[List[str]] = []

    def _compress(self, actions: List[str]) -> List[str]:
        current = list(actions)
        while True:
            merged: List[str] = []
            for action in current:
                if not merged or merged[-1] != action:
                    merged.append(action)
            current = merged

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        openings = Counter(plan[0] for plan in self.plans if plan)
        return {"common_openings": [name for name, _ in openings.most_common(5)], "plans": self.plans[-2:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:60]]
        if recorder.reward > 0 and actions:
            self.plans = (self.plans + [self._compress(actions)])[-50:]
