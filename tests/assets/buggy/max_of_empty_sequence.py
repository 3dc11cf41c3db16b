# [expect]
# stage = "properties"
# names = ["ValueError", "max()"]
# bug = "max() over the stored episodes when none is stored"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ChampionLayer(Sub_memo_layer):
    """All episodes; the one with the best reward per action is the champion."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Best reward per action.")
        self.episodes: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        champion = max(self.episodes, key=lambda episode: episode["efficiency"])
        return {"actions": champion["actions"], "efficiency": round(champion["efficiency"], 4)}

    async def update(self, **kwargs) -> None:
        self.episodes = (self.episodes + [kwargs["episode"]])[-100:]


class ChampionMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.champions = ChampionLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"champion": await self.champions.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps]
        efficiency = float(recorder.reward) / (1 + len(actions))
        await self.champions.update(episode={"actions": actions[:20], "efficiency": efficiency})
