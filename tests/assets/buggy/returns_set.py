# [expect]
# stage = "properties"
# names = ["set", "never_useful", "JSON"]
# bug = "a set in the result cannot be written as JSON"
from typing import Any, Dict, Set

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TriedActions(MemoStructure):
    """Which actions were tried at all, and which of them in won episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: Dict[str, int] = {}
        self.useful: Dict[str, int] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        tried: Set[str] = set(list(self.tried)[-40:])
        useful: Set[str] = set(list(self.useful)[-20:])
        return {"useful_actions": sorted(useful), "never_useful": tried - useful}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps[:200]:
            action = str(step.get("action_took", ""))[:60]
            self.tried[action] = self.tried.get(action, 0) + 1
            if recorder.reward >= 0.99:
                self.useful[action] = self.useful.get(action, 0) + 1
        self.tried = dict(list(self.tried.items())[-300:])
        self.useful = dict(list(self.useful.items())[-300:])
