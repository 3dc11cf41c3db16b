# [expect]
# stage = "properties"
# names = ["float32", "JSON"]
# bug = "numpy float32 scalars in the result cannot be written as JSON"
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class ScoredNeighbours(MemoStructure):
    """Neighbours with their cosine similarity."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.matrix: List[np.ndarray] = []
        self.labels: List[str] = []

    async def _vector(self, init: Dict[str, Any]) -> np.ndarray:
        text = " ".join(str(value)[:400] for value in init.values()) or "(empty)"
        vector = np.asarray(await self.embedder.get_embedding(text), dtype=np.float32)
        return vector / (float(np.linalg.norm(vector)) or 1.0)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.matrix:
            return {"neighbours": []}
        scores = np.stack(self.matrix) @ await self._vector(recorder.init)
        best = np.argsort(-scores, kind="stable")[:3]
        return {"neighbours": [{"episode": self.labels[i], "similarity": scores[i]} for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.matrix = (self.matrix + [await self._vector(recorder.init)])[-100:]
        first = str(recorder.steps[0].get("action_took", ""))[:60] if recorder.steps else "nothing"
        self.labels = (self.labels + [f"began with {first}, reward {recorder.reward}"])[-100:]
