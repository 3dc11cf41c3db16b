# [expect]
# stage = "types"
# names = ["update", "await", "coroutine"]
# bug = "the layer's update coroutine is created and never awaited"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class OutcomeLayer(Sub_memo_layer):
    """Wins and losses per goal."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Wins and losses per goal.")
        self.database: Dict[str, List[float]] = {}

    async def retrieve(self, **kwargs) -> Dict[str, int]:
        rewards = self.database.get(kwargs["goal"], [])
        return {"tries": len(rewards), "wins": sum(1 for reward in rewards if reward >= 0.99)}

    async def update(self, **kwargs) -> None:
        rewards = self.database.setdefault(kwargs["goal"], [])
        rewards.append(kwargs["reward"])
        del rewards[:-20]


class GoalStatistics(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.outcomes = OutcomeLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        goal = str(recorder.init.get("goal", ""))[:200]
        return {"statistics": await self.outcomes.retrieve(goal=goal)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = str(recorder.init.get("goal", ""))[:200]
        self.outcomes.update(goal=goal, reward=float(recorder.reward))
