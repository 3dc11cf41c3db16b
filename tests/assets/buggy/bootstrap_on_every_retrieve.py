# [expect]
# stage = "execution"
# names = ["cpu", "CPU", "wall", "deadline"]
# bug = "resamples the whole collection in pure Python on every retrieve: too much work once the collection is full"
import random
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class BootstrapMemory(MemoStructure):
    """Confidence intervals for the value of each opening, by bootstrap."""

    RESAMPLES = 200_000
    WINDOW = 40

    def __init__(self) -> None:
        super().__init__()
        self.samples: List[Dict[str, Any]] = []

    def _interval(self, rewards: List[float]) -> List[float]:
        generator = random.Random(len(rewards))
        means: List[float] = []
        for _ in range(self.RESAMPLES):
            total = 0.0
            for _ in rewards:
                total += rewards[int(generator.random() * len(rewards))]
            means.append(total / len(rewards))
        means.sort()
        return [round(means[int(0.05 * self.RESAMPLES)], 3), round(means[int(0.95 * self.RESAMPLES)], 3)]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        openings = sorted({sample["opening"] for sample in self.samples})[:5]
        if len(self.samples) < 12:
            return {"openings": openings, "expected_reward": None}
        interval = self._interval([sample["reward"] for sample in self.samples])
        return {"openings": openings, "expected_reward": interval}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        opening = str(recorder.steps[0].get("action_took", ""))[:60] if recorder.steps else ""
        reward = min(1.0, max(0.0, float(recorder.reward)))
        self.samples = (self.samples + [{"opening": opening, "reward": reward}])[-self.WINDOW:]
