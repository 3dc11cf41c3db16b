# [expect]
# stage = "static"
# names = ["MemoStructure"]
# bug = "only layers are defined, no MemoStructure subclass ties them together"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class EpisodeLayer(Sub_memo_layer):
    """The last episodes, condensed."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Condensed episodes.")
        self.database: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return self.database[-kwargs.get("limit", 4):]

    async def update(self, **kwargs) -> None:
        self.database = (self.database + [kwargs["episode"]])[-80:]


class LayeredMemory:
    def __init__(self) -> None:
        self.episodes = EpisodeLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"episodes": await self.episodes.retrieve(limit=4)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        await self.episodes.update(episode={"actions": actions, "reward": recorder.reward})
