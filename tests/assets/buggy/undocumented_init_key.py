# [expect]
# stage = "properties"
# names = ["KeyError", "task_type"]
# bug = "reads init[\"task_type\"], which no domain provides"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TaskTypeMemory(MemoStructure):
    """A separate list of winning plans per type of task."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: Dict[str, List[List[str]]] = {}

    def _task_type(self, recorder: Basic_Recorder) -> str:
        return str(recorder.init["task_type"]).lower()[:60]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        task_type = self._task_type(recorder)
        return {"task_type": task_type, "winning_plans": self.plans.get(task_type, [])[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward < 0.99:
            return
        plan = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]]
        stored = self.plans.setdefault(self._task_type(recorder), [])
        stored.append(plan)
        del stored[:-10]
