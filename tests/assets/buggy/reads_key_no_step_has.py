# [expect]
# stage = "properties"
# names = ["action_took"]
# bug = "a step has no key observation, and no key action"
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ActionTable(MemoStructure):
    """Counts what was done where."""

    def __init__(self) -> None:
        super().__init__()
        self.table: dict[str, dict[str, float]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"actions": self.table.get(str(recorder.init.get("obs", ""))[:80], {})}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps:
            row = self.table.setdefault(str(step["observation"])[:80], {})
            row[str(step["action"])] = row.get(str(step["action"]), 0.0) + recorder.reward
