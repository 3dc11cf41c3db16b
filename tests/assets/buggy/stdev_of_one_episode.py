# [expect]
# stage = "properties"
# names = ["StatisticsError"]
# bug = "standard deviation of a single reward: fails after exactly one episode"
import statistics
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ConfidenceMemory(MemoStructure):
    """Mean and spread of the rewards, so that the agent knows how hard the task is."""

    def __init__(self) -> None:
        super().__init__()
        self.rewards: List[float] = []
        self.lengths: List[int] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.rewards:
            return {"difficulty": "unknown"}
        mean = statistics.mean(self.rewards)
        spread = statistics.stdev(self.rewards)
        label = "easy" if mean > 0.7 else "hard" if mean < 0.3 else "medium"
        return {
            "difficulty": label,
            "mean_reward": round(mean, 3),
            "spread": round(spread, 3),
            "typical_length": int(statistics.median(self.lengths)),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.rewards = (self.rewards + [float(recorder.reward)])[-100:]
        self.lengths = (self.lengths + [len(recorder.steps)])[-100:]
