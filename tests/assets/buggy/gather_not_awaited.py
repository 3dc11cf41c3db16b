# [expect]
# stage = "types"
# names = ["gather", "await", "Future"]
# bug = "asyncio.gather is called and its future dropped"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class TailLayer(Sub_memo_layer):
    """Keeps the last items of one kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(layer_intro=f"The latest {kind}.")
        self.kind = kind
        self.items: List[Any] = []

    async def retrieve(self, **kwargs) -> List[Any]:
        return list(self.items)

    async def update(self, **kwargs) -> None:
        await asyncio.sleep(0)
        self.items = (self.items + [kwargs["item"]])[-5:]


class TwoTails(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.rewards = TailLayer("rewards")
        self.closings = TailLayer("closing actions")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        rewards, closings = await asyncio.gather(self.rewards.retrieve(), self.closings.retrieve())
        return {"rewards": rewards, "closing_actions": closings}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        closing = [str(step.get("action_took", ""))[:60] for step in recorder.steps[-3:]]
        asyncio.gather(
            self.rewards.update(item=float(recorder.reward)),
            self.closings.update(item=closing),
        )
