# [hostile]
# family = "host_parsing"
# static = true
# attempt = "raises an error whose text never comes"
# canary = "resource"
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

class Slow(Exception):
    def __str__(self):
        return str(9**9**9)


class GoalNotes(MemoStructure):
    """Keeps the last successful plan for each goal."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: dict[str, list[str]] = {}

    def _goal(self, recorder: Basic_Recorder) -> str:
        return str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:120]

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        found: dict[str, Any] = {"plan": self.plans.get(self._goal(recorder), [])[:10]}
        return found

    async def general_update(self, recorder: Basic_Recorder) -> None:
        raise Slow
        if recorder.reward > 0:
            self.plans[self._goal(recorder)] = [str(s.get("action_took"))[:60] for s in recorder.steps[:10]]
        while len(self.plans) > 40:
            self.plans.pop(next(iter(self.plans)))
