# [expect]
# stage = "types"
# names = ["Coroutine", "coroutine"]
# bug = "the embedding coroutine is stored in place of the vector"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class ObservationIndex(MemoStructure):
    """Nearest first observations."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.vectors: List[List[float]] = []
        self.outcomes: List[Dict[str, Any]] = []

    async def _encode(self, init: Dict[str, Any]) -> List[float]:
        text = str(init.get("obs") or init.get("short_term_context") or "(nothing)")[:1500]
        return self.embedder.get_embedding(text)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.vectors:
            return {"nearest": []}
        query = await self._encode(recorder.init)
        scores = await Embedding.compute_one_to_group_similarity(query, self.vectors)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:3]
        return {"nearest": [dict(self.outcomes[i]) for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.vectors = (self.vectors + [await self._encode(recorder.init)])[-120:]
        self.outcomes = (self.outcomes + [{"reward": recorder.reward, "steps": len(recorder.steps)}])[-120:]
