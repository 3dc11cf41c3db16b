# [expect]
# stage = "properties"
# names = ["general_retrieve", "_wait", "concurrent", "deadline"]
# bug = "waits for a flag in a loop without awaiting, so a concurrent retrieve blocks the event loop for ever"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class FlagGuardedMemory(MemoStructure):
    """Only one search at a time: a flag says whether one is running."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.searching = False
        self.vectors: List[List[float]] = []
        self.rewards: List[float] = []

    def _wait_for_turn(self) -> None:
        while self.searching:
            pass
        self.searching = True

    async def _scores(self, text: str) -> List[float]:
        query = await self.embedder.get_embedding(text)
        return await Embedding.compute_one_to_group_similarity(query, self.vectors)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        self._wait_for_turn()
        try:
            scores = await self._scores(str(recorder.init.get("obs") or "(empty)")[:800])
        finally:
            self.searching = False
        close = [reward for reward, score in zip(self.rewards, scores) if score > 0.5]
        return {"expected_reward": round(sum(close) / len(close), 3) if close else None}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        vector = await self.embedder.get_embedding(str(recorder.init.get("obs") or "(empty)")[:800])
        self.vectors = (self.vectors + [vector])[-100:]
        self.rewards = (self.rewards + [float(recorder.reward)])[-100:]
