# [expect]
# stage = "properties"
# names = ["instance", "share", "episodes"]
# bug = "the store is a mutable class attribute, shared by all instances"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class EpisodeStore(Sub_memo_layer):
    """Condensed episodes."""

    layer_intro: str = "Condensed episodes."
    episodes: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return [dict(episode) for episode in self.episodes[-kwargs.get("limit", 3):]]

    async def update(self, **kwargs) -> None:
        self.episodes.append(kwargs["episode"])
        del self.episodes[:-50]


class EpisodeMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.store = EpisodeStore()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"episodes": await self.store.retrieve(limit=3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        await self.store.update(episode={"actions": actions, "reward": float(recorder.reward)})
