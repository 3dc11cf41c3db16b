# [expect]
# stage = "static"
# names = ["BaseException"]
# bug = "a handler for BaseException swallows cancellation and keyboard interrupts"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class ForgivingVectorMemory(MemoStructure):
    """Embeds start states; an embedding that fails is simply left out."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.vectors: List[List[float]] = []
        self.notes: List[Dict[str, Any]] = []

    async def _embed(self, text: str) -> List[float]:
        for _ in range(3):
            try:
                return await self.embedder.get_embedding(text or "(empty)")
            except BaseException:
                continue
        return []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        query = await self._embed(str(recorder.init.get("obs", ""))[:1000])
        if not query or not self.vectors:
            return {"nearest": []}
        scores = await Embedding.compute_one_to_group_similarity(query, self.vectors)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:2]
        return {"nearest": [dict(self.notes[i]) for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        vector = await self._embed(str(recorder.init.get("obs", ""))[:1000])
        if vector:
            last = [str(step.get("action_took", ""))[:60] for step in recorder.steps[-8:]]
            self.vectors = (self.vectors + [vector])[-150:]
            self.notes = (self.notes + [{"last_actions": last, "reward": recorder.reward}])[-150:]
