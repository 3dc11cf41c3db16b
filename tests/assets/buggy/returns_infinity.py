# [expect]
# stage = "properties"
# names = ["Infinity", "-inf", "JSON"]
# bug = "the initial best value -inf reaches the result"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class RecordLayer(Sub_memo_layer):
    """Best score so far and how it was reached."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Best score so far.")
        self.best_score = float("-inf")
        self.best_actions: List[str] = []

    async def retrieve(self, **kwargs) -> Dict[str, Any]:
        return {"best_score": self.best_score, "actions": list(self.best_actions)}

    async def update(self, **kwargs) -> None:
        if kwargs["score"] > self.best_score:
            self.best_score = kwargs["score"]
            self.best_actions = kwargs["actions"]


class RecordBreaker(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.record = RecordLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"record": await self.record.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]]
        await self.record.update(score=float(recorder.reward), actions=actions)
