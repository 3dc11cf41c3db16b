# [expect]
# stage = "static"
# names = ["CarefulMemory", "MemoStructure"]
# bug = "two concrete MemoStructure subclasses, so it is not clear which one is the design"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class SimpleMemory(MemoStructure):
    """First version: remembers the last winning plan."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: List[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"last_winning_plan": list(self.plan)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            self.plan = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]]


class CarefulMemory(MemoStructure):
    """Second version: also remembers what ended badly."""

    def __init__(self) -> None:
        super().__init__()
        self.good: List[str] = []
        self.bad: List[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"do": list(self.good), "avoid": list(self.bad)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[-5:]]
        if recorder.reward >= 0.99:
            self.good = actions
        else:
            self.bad = actions
