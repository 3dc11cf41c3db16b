# [expect]
# stage = "types"
# names = ["Coroutine", "coroutine"]
# bug = "the coroutine of a layer is used as if it were its result"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class PlanLayer(Sub_memo_layer):
    """Shortest winning plan so far."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Shortest winning plan.")
        self.best: Dict[str, Any] = {}

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        return dict(self.best)

    async def update(self, **kwargs) -> None:
        plan: List[str] = kwargs["plan"]
        if plan and (not self.best or len(plan) < self.best["length"]):
            self.best = {"length": len(plan), "plan": plan[:40]}


class ShortestPlanMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.plans = PlanLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        found = self.plans.retrieve(goal=recorder.init.get("goal"))
        return {"best_plan": found.get("plan", []), "length": found.get("length")}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            await self.plans.update(plan=[str(step.get("action_took", ""))[:60] for step in recorder.steps])
