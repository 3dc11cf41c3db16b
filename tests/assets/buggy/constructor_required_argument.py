# [expect]
# stage = "static"
# names = ["__init__", "capacity"]
# bug = "the constructor needs an argument, but designs are constructed without any"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class BufferLayer(Sub_memo_layer):
    """Bounded buffer of episode digests."""

    def __init__(self, capacity: int) -> None:
        super().__init__(layer_intro="Bounded buffer of episode digests.")
        self.capacity = capacity
        self.rows: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return sorted(self.rows, key=lambda row: -row["reward"])[:4]

    async def update(self, **kwargs) -> None:
        self.rows = (self.rows + [kwargs["row"]])[-self.capacity:]


class BufferMemory(MemoStructure):
    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.buffer = BufferLayer(capacity)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"best_episodes": await self.buffer.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:12]]
        await self.buffer.update(row={"actions": actions, "reward": float(recorder.reward)})
