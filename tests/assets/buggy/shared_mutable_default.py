# [expect]
# stage = "properties"
# names = ["instance", "share", "rows"]
# bug = "a mutable default argument is the store of every instance"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class RingLayer(Sub_memo_layer):
    """A ring of the latest rows."""

    def __init__(self, size: int = 30, rows: List[Dict[str, Any]] = []) -> None:
        super().__init__(layer_intro="A ring of the latest rows.")
        self.size = size
        self.rows = rows

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return [dict(row) for row in self.rows[-4:]]

    async def update(self, **kwargs) -> None:
        self.rows.append(kwargs["row"])
        while len(self.rows) > self.size:
            self.rows.pop(0)


class RingMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.ring = RingLayer(size=30)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"latest": await self.ring.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        last = str(recorder.steps[-1].get("action_took", ""))[:60] if recorder.steps else ""
        await self.ring.update(row={"last_action": last, "steps": len(recorder.steps), "reward": recorder.reward})
