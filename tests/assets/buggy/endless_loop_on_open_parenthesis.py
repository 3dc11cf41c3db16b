# [expect]
# stage = "properties"
# names = ["_strip_notes", "general_retrieve", "general_update", "deadline"]
# bug = "a goal with \"(\" but no \")\" makes the cleaning loop run for ever"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class CleanGoalMemory(MemoStructure):
    """Goals without the remarks in parentheses; plans that reached them."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: Dict[str, List[str]] = {}

    def _strip_notes(self, goal: str) -> str:
        while "(" in goal:
            start = goal.find("(")
            end = goal.find(")", start)
            goal = goal.replace(goal[start:end + 1], "")
        return " ".join(goal.lower().split())

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        goal = self._strip_notes(str(recorder.init.get("goal", ""))[:500])
        return {"known_plan": list(self.plans.get(goal, [])), "goal": goal}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        goal = self._strip_notes(str(recorder.init.get("goal", ""))[:500])
        if recorder.reward >= 0.99:
            self.plans[goal] = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]]
            self.plans = dict(list(self.plans.items())[-200:])
