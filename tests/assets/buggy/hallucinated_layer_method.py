# [expect]
# stage = "types"
# names = ["recall"]
# bug = "calls a method that the layer does not have"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class MistakeLayer(Sub_memo_layer):
    """Actions that were repeated without effect."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Repeated actions without effect.")
        self.counts: Dict[str, int] = {}

    async def retrieve(self, **kwargs) -> List[str]:
        ranked = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [name for name, _ in ranked[: kwargs.get("limit", 5)]]

    async def update(self, **kwargs) -> None:
        for action in kwargs["repeated"]:
            self.counts[action] = self.counts.get(action, 0) + 1
        self.counts = dict(list(self.counts.items())[-300:])


class MistakeMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.mistakes = MistakeLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"avoid_repeating": await self.mistakes.recall(limit=5)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:200]]
        repeated = [a for a, b in zip(actions, actions[1:]) if a == b]
        await self.mistakes.update(repeated=repeated)
