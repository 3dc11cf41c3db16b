# [expect]
# stage = "properties"
# names = ["general_retrieve", "deadline"]
# bug = "awaits an event that only a successful episode sets"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class WinningLayer(Sub_memo_layer):
    """Winning plans; ready as soon as there is one."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Winning plans.")
        self.ready = asyncio.Event()
        self.plans: List[List[str]] = []

    async def retrieve(self, **kwargs) -> List[List[str]]:
        await self.ready.wait()
        return self.plans[-3:]

    async def update(self, **kwargs) -> None:
        self.plans = (self.plans + [kwargs["plan"]])[-30:]
        self.ready.set()


class WinningMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.winning = WinningLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"winning_plans": await self.winning.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            plan = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]]
            await self.winning.update(plan=plan)
