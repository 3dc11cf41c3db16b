# [expect]
# stage = "static"
# names = ["trajectroy"]
# bug = "a local variable is misspelt where it is used"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class TrajectoryLayer(Sub_memo_layer):
    """Keeps the action sequence of every successful episode."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Successful action sequences, newest last.")
        self.database: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return self.database[-kwargs.get("top_k", 3):]

    async def update(self, **kwargs) -> None:
        trajectory = [str(step.get("action_took", ""))[:80] for step in kwargs["steps"]]
        if kwargs["reward"] >= 0.99 and trajectory:
            self.database.append({"actions": trajectroy[:40], "length": len(trajectory)})
            self.database = self.database[-100:]


class SuccessMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.successes = TrajectoryLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"successful_plans": await self.successes.retrieve(top_k=3)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.successes.update(steps=recorder.steps, reward=recorder.reward)
