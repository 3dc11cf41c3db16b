# [expect]
# stage = "types"
# names = ["general_retrieve"]
# bug = "general_retrieve is a plain function, not a coroutine"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ChecklistLayer(Sub_memo_layer):
    """Last actions of winning episodes as a checklist."""

    def __init__(self) -> None:
        super().__init__(layer_intro="A checklist of closing actions.")
        self.items: List[str] = []

    async def retrieve(self, **kwargs) -> List[str]:
        return list(self.items)

    async def update(self, **kwargs) -> None:
        for action in kwargs["actions"]:
            if action not in self.items:
                self.items.append(action)
        self.items = self.items[-12:]


class ChecklistMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.checklist = ChecklistLayer()

    def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"checklist": list(self.checklist.items)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            await self.checklist.update(actions=[str(s.get("action_took", ""))[:60] for s in recorder.steps[-4:]])
