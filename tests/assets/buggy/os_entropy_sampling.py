# [expect]
# stage = "properties"
# names = ["determin", "default_rng", "sampled_episodes"]
# bug = "samples with an unseeded numpy generator, so no seed makes a run repeatable"
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class SampledMemory(MemoStructure):
    """Shows a reward-weighted sample of past episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng()
        self.episodes: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.episodes:
            return {"sampled_episodes": []}
        weights = np.array([0.1 + episode["reward"] for episode in self.episodes])
        size = min(3, len(self.episodes))
        chosen = self.rng.choice(len(self.episodes), size=size, replace=False, p=weights / weights.sum())
        return {"sampled_episodes": [dict(self.episodes[int(index)]) for index in chosen]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:12]]
        reward = min(1.0, max(0.0, float(recorder.reward)))
        self.episodes = (self.episodes + [{"actions": actions, "reward": reward}])[-100:]
