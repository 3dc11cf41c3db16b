# [expect]
# stage = "properties"
# names = ["NaN", "JSON"]
# bug = "the mean of an empty array is NaN, which is not JSON"
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class RewardTrend(MemoStructure):
    """Mean reward of the last episodes against the ones before."""

    WINDOW = 10

    def __init__(self) -> None:
        super().__init__()
        self.rewards: List[float] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        recent = np.array(self.rewards[-self.WINDOW:])
        earlier = np.array(self.rewards[-2 * self.WINDOW:-self.WINDOW])
        trend = float(np.mean(recent) - np.mean(earlier))
        return {
            "mean_recent_reward": round(float(np.mean(recent)), 3),
            "trend": round(trend, 3),
            "advice": "keep going" if trend >= 0 else "try something different",
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.rewards = (self.rewards + [float(recorder.reward)])[-200:]
