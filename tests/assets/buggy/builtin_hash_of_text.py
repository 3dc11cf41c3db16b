# [expect]
# stage = "properties"
# names = ["hash", "determin"]
# bug = "buckets texts by the built-in hash(), which differs from process to process"
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class HashedFeatures(MemoStructure):
    """Bag of words hashed into a fixed vector; nearest episodes by cosine."""

    SIZE = 24

    def __init__(self) -> None:
        super().__init__()
        self.vectors: List[np.ndarray] = []
        self.episodes: List[Dict[str, Any]] = []

    def _features(self, init: Dict[str, Any]) -> np.ndarray:
        vector = np.zeros(self.SIZE)
        for value in init.values():
            for word in str(value)[:2000].lower().split():
                vector[hash(word) % self.SIZE] += 1.0
        return vector / (float(np.linalg.norm(vector)) or 1.0)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.vectors:
            return {"nearest": []}
        scores = np.stack(self.vectors) @ self._features(recorder.init)
        best = np.argsort(-scores, kind="stable")[:2]
        return {"nearest": [{**self.episodes[i], "score": round(float(scores[i]), 3)} for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.vectors = (self.vectors + [self._features(recorder.init)])[-100:]
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.episodes = (self.episodes + [{"actions": actions, "reward": float(recorder.reward)}])[-100:]
