# [expect]
# stage = "static"
# names = ["SyntaxError", "syntax", "never closed", "was never closed"]
# bug = "a bracket is never closed"
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class RewardByGoal(MemoStructure):
    """Average reward per goal text."""

    def __init__(self) -> None:
        super().__init__()
        self.totals: dict[str, list[float]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        goal = str(recorder.init.get("goal", ""))[:200]
        past = self.totals.get(goal, [])
        average = sum(past) / len(past) if past else None
        return {"average_reward": average, "attempts": len(past)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal", ""))[:200]
        rewards = self.totals.setdefault(goal, [])
        rewards.append(max(0.0, min(1.0, float(recorder.reward)))
        if len(rewards) > 20:
            del rewards[0]
        if len(self.totals) > 500:
            self.totals.pop(next(iter(self.totals)))
