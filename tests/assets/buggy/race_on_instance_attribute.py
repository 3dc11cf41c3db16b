# [expect]
# stage = "properties"
# names = ["concurrent", "general_retrieve"]
# bug = "the query is kept on self between two awaits and overwritten by concurrent retrieves"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class StatefulQueryMemory(MemoStructure):
    """Embeds the goal, ranks the stored goals against it."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.current_goal = ""
        self.current_vector: List[float] = []
        self.entries: List[Dict[str, Any]] = []

    async def _rank(self) -> List[Dict[str, Any]]:
        vectors = [entry["vector"] for entry in self.entries]
        scores = await Embedding.compute_one_to_group_similarity(self.current_vector, vectors)
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:3]
        return [{"goal": self.entries[i]["goal"], "reward": self.entries[i]["reward"]} for i in order]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        self.current_goal = str(recorder.init.get("goal") or recorder.init.get("obs") or "(empty)")[:400]
        self.current_vector = await self.embedder.get_embedding(self.current_goal)
        ranked = await self._rank() if self.entries else []
        return {"goal": self.current_goal, "similar_goals": ranked}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal") or recorder.init.get("obs") or "(empty)")[:400]
        vector = await self.embedder.get_embedding(goal)
        self.entries = (self.entries + [{"goal": goal, "vector": vector, "reward": recorder.reward}])[-80:]
