# [expect]
# stage = "properties"
# names = ["RuntimeError", "changed size"]
# bug = "deletes from a dict while iterating over it, once the store is full"
from typing import Any, Dict

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ForgettingLayer(Sub_memo_layer):
    """Action values that fade; the weakest are forgotten when there are too many."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Fading action values.")
        self.values: Dict[str, float] = {}

    def _forget(self) -> None:
        if len(self.values) <= 40:
            return
        threshold = sorted(self.values.values())[len(self.values) // 2]
        for name, value in self.values.items():
            if value <= threshold:
                del self.values[name]

    async def retrieve(self, **kwargs) -> Dict[str, float]:
        ranked = sorted(self.values.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
        return {name: round(value, 4) for name, value in ranked}

    async def update(self, **kwargs) -> None:
        for action in kwargs["actions"]:
            self.values[action] = 0.9 * self.values.get(action, 0.0) + 0.1 * (0.1 + kwargs["reward"])
        self._forget()


class ForgettingMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = ForgettingLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"action_values": await self.layer.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:60]]
        await self.layer.update(actions=actions, reward=float(recorder.reward))
