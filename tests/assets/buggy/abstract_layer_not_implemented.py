# [expect]
# stage = "types"
# names = ["SkillLayer", "update"]
# bug = "a layer without update is abstract and cannot be constructed"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class SkillLayer(Sub_memo_layer):
    """Named skills with the actions they consist of."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Skills mined from winning episodes.")
        self.skills: Dict[str, List[str]] = {}

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        names = sorted(self.skills)[: kwargs.get("limit", 5)]
        return [{"name": name, "actions": self.skills[name]} for name in names]

    async def add(self, **kwargs) -> None:
        actions: List[str] = kwargs["actions"]
        if actions:
            self.skills[f"finish with {actions[-1]}"] = actions
            self.skills = dict(list(self.skills.items())[-50:])


class SkillMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.skills = SkillLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"skills": await self.skills.retrieve(limit=5)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            await self.skills.add(actions=[str(s.get("action_took", ""))[:60] for s in recorder.steps[-6:]])
