# [expect]
# stage = "properties"
# names = ["ValueError", "argmax"]
# bug = "numpy argmax over the similarities of an empty memory"
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class NearestEpisode(MemoStructure):
    """One nearest episode by embedding of the start."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.vectors: List[List[float]] = []
        self.episodes: List[Dict[str, Any]] = []

    def _text(self, init: Dict[str, Any]) -> str:
        return "\n".join(f"{key}: {str(value)[:600]}" for key, value in init.items()) or "(empty)"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        query = await self.embedder.get_embedding(self._text(recorder.init))
        scores = await Embedding.compute_one_to_group_similarity(query, self.vectors)
        index = int(np.argmax(np.asarray(scores, dtype=float)))
        return {"nearest": dict(self.episodes[index]), "similarity": round(float(scores[index]), 4)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        vector = await self.embedder.get_embedding(self._text(recorder.init))
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        self.vectors = (self.vectors + [vector])[-100:]
        self.episodes = (self.episodes + [{"actions": actions, "reward": float(recorder.reward)}])[-100:]
