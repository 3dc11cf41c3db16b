# [expect]
# stage = "static"
# names = ["asyncio.run"]
# bug = "asyncio.run is called while an event loop is already running"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class GoalIndex(MemoStructure):
    """Similar goals by embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.goals: List[str] = []
        self.vectors: List[List[float]] = []

    def _vector(self, text: str) -> List[float]:
        return asyncio.run(self.embedder.get_embedding(text[:1000] or "(no goal)"))

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.vectors:
            return {"similar_goals": []}
        query = self._vector(str(recorder.init.get("goal", "")))
        scores = await Embedding.compute_one_to_group_similarity(query, self.vectors)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:3]
        return {"similar_goals": [self.goals[i] for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal", ""))[:500]
        self.vectors = (self.vectors + [self._vector(goal)])[-100:]
        self.goals = (self.goals + [goal])[-100:]
