# [expect]
# stage = "properties"
# names = ["KeyError"]
# bug = "looks up the best key although nothing is similar enough or stored: KeyError None"
from typing import Any, Dict, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class SimilarityLayer(Sub_memo_layer):
    """Start text -> what happened; the most similar start wins."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Most similar earlier start.")
        self.database: Dict[Optional[str], Dict[str, Any]] = {}
        self.vectors: Dict[str, list] = {}
        self.embedder = Embedding()

    async def _nearest(self, text: str) -> Optional[str]:
        query = await self.embedder.get_embedding(text)
        best, best_score = None, 0.3
        for key, vector in self.vectors.items():
            score = await Embedding.compute_similarity(query, vector)
            if score > best_score:
                best, best_score = key, score
        return best

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        key = await self._nearest(kwargs["text"])
        return dict(self.database[key])

    async def update(self, **kwargs) -> None:
        if len(self.database) < 200:
            self.vectors[kwargs["text"]] = await self.embedder.get_embedding(kwargs["text"])
            self.database[kwargs["text"]] = kwargs["episode"]


class SimilarityMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = SimilarityLayer()

    def _text(self, recorder: Basic_Recorder) -> str:
        return " ".join(str(value)[:500] for value in recorder.init.values()) or "(empty)"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"similar_episode": await self.layer.retrieve(text=self._text(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        await self.layer.update(text=self._text(recorder), episode={"actions": actions, "reward": recorder.reward})
