# [expect]
# stage = "static"
# names = ["await"]
# bug = "a plain function awaits the embedding"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class StartStateLayer(Sub_memo_layer):
    """Nearest start states by embedding."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Nearest start states.")
        self.embedder = Embedding()
        self.rows: List[Dict[str, Any]] = []

    def _embed(self, text: str) -> List[float]:
        return await self.embedder.get_embedding(text[:1500] or "(empty)")

    async def retrieve(self, **kwargs) -> List[Any]:
        if not self.rows:
            return []
        query = self._embed(kwargs["text"])
        scores = await Embedding.compute_one_to_group_similarity(query, [row["vector"] for row in self.rows])
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:3]
        return [self.rows[i]["payload"] for i in best]

    async def update(self, **kwargs) -> None:
        self.rows.append({"vector": self._embed(kwargs["text"]), "payload": kwargs["payload"]})
        self.rows = self.rows[-100:]


class NearestStart(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.starts = StartStateLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"similar": await self.starts.retrieve(text=str(recorder.init.get("obs", "")))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        payload = {"reward": recorder.reward, "steps": len(recorder.steps)}
        await self.starts.update(text=str(recorder.init.get("obs", "")), payload=payload)
