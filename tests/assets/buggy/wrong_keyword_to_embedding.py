# [expect]
# stage = "types"
# names = ["top_k"]
# bug = "passes top_k to compute_one_to_group_similarity, which has no such parameter"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class TopKMemory(MemoStructure):
    """The three most similar goals and how they ended."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.vectors: List[List[float]] = []
        self.endings: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.vectors:
            return {"similar": []}
        query = await self.embedder.get_embedding(str(recorder.init.get("goal", ""))[:800] or "(none)")
        scores = await Embedding.compute_one_to_group_similarity(query, self.vectors, top_k=3)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:3]
        return {"similar": [dict(self.endings[i]) for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        vector = await self.embedder.get_embedding(str(recorder.init.get("goal", ""))[:800] or "(none)")
        ending = [str(step.get("action_took", ""))[:60] for step in recorder.steps[-5:]]
        self.vectors = (self.vectors + [vector])[-100:]
        self.endings = (self.endings + [{"ending": ending, "reward": recorder.reward}])[-100:]
