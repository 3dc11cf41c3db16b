# honest: layers with explicit parameters instead of **kwargs, extra parameter with a default on general_retrieve
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class PlanLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__(layer_intro="Best plan per goal")
        self.plans: Dict[str, Dict[str, Any]] = {}

    async def retrieve(self, goal: str, top_k: int = 3) -> List[Dict[str, Any]]:
        exact = [self.plans[goal]] if goal in self.plans else []
        others = sorted(
            (p for g, p in self.plans.items() if g != goal), key=lambda p: (-p["reward"], p["goal"])
        )
        return (exact + others)[:top_k]

    async def update(self, goal: str, actions: List[str], reward: float) -> None:
        known = self.plans.get(goal)
        if known is None or reward >= known["reward"]:
            self.plans[goal] = {"goal": goal[:120], "actions": actions, "reward": reward}
        if len(self.plans) > 90:
            worst = min(self.plans, key=lambda g: (self.plans[g]["reward"], g))
            del self.plans[worst]


class SignatureMemory(MemoStructure):
    def __init__(self, capacity: int = 3) -> None:
        super().__init__()
        self.capacity = capacity
        self.layer = PlanLayer()

    async def general_retrieve(self, recorder: Basic_Recorder, verbose: bool = False) -> Dict[str, Any]:
        plans = await self.layer.retrieve(str(recorder.init.get("goal", ""))[:300], top_k=self.capacity)
        result: Dict[str, Any] = {"plans": plans}
        if verbose:
            result["known_goals"] = min(len(self.layer.plans), 90)
        return result

    async def general_update(self, rec: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in rec.steps[:12]]
        await self.layer.update(str(rec.init.get("goal", ""))[:300], actions, float(rec.reward))
