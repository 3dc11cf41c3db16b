# [expect]
# stage = "properties"
# names = ["KeyError", "observation"]
# bug = "reads step[\"observation\"]; the key is called obs"
from typing import Any, Dict, List, Tuple

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class EffectLayer(Sub_memo_layer):
    """What was seen after each action."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Action -> what was seen next.")
        self.effects: Dict[str, str] = {}

    async def retrieve(self, **kwargs) -> List[Tuple[str, str]]:
        return list(self.effects.items())[-8:]

    async def update(self, **kwargs) -> None:
        for step in kwargs["steps"][:100]:
            action = str(step.get("action_took", ""))[:60]
            self.effects.pop(action, None)
            self.effects[action] = str(step["observation"])[:200]
        self.effects = dict(list(self.effects.items())[-200:])


class EffectMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.effects = EffectLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        pairs = await self.effects.retrieve()
        return {"effects": [{"action": action, "then": seen} for action, seen in pairs]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.effects.update(steps=recorder.steps)
