# [expect]
# stage = "properties"
# names = ["AttributeError", "database"]
# bug = "the constructor never calls super().__init__(), so self.database does not exist"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class DatabaseMemory(MemoStructure):
    """Uses the inherited database as its list of rows."""

    def __init__(self) -> None:
        self.max_rows = 60
        self.shown = 4

    def _rows(self) -> List[Dict[str, Any]]:
        if self.database is None:
            self.database = []
        return self.database

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        rows = sorted(self._rows(), key=lambda row: -row["reward"])
        return {"best_rows": [dict(row) for row in rows[: self.shown]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        rows = self._rows()
        rows.append({
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:12]],
            "reward": float(recorder.reward),
        })
        del rows[: -self.max_rows]
