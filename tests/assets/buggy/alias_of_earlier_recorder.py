# [expect]
# stage = "properties"
# names = ["init"]
# bug = "stores init by reference and writes an age into it during later updates"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class AgeingMemory(MemoStructure):
    """Past starts fade: each gets older with every further episode."""

    MAX_AGE = 40

    def __init__(self) -> None:
        super().__init__()
        self.starts: List[Dict[str, Any]] = []
        self.rewards: List[float] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        goal = recorder.init.get("goal")
        same = [
            {"age": start.get("age", 0), "reward": reward}
            for start, reward in zip(self.starts, self.rewards)
            if start.get("goal") == goal
        ]
        return {"same_goal_before": same[-5:], "starts_known": len(self.starts)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for start in self.starts:
            start["age"] = start.get("age", 0) + 1
        self.starts.append(recorder.init)
        self.rewards.append(float(recorder.reward))
        if len(self.starts) > self.MAX_AGE:
            self.starts.pop(0)
            self.rewards.pop(0)
