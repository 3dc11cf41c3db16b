# [expect]
# stage = "types"
# names = ["general_update"]
# bug = "general_update is declared to return, and returns, the new record"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class RecordMemory(MemoStructure):
    """One record per episode, the newest five are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.records: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"records": [dict(record) for record in self.records[-5:]]}

    async def general_update(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        scores = [float(step.get("scores") or 0.0) for step in recorder.steps]
        record: Dict[str, Any] = {
            "steps": len(scores),
            "best_score": max(scores, default=0.0),
            "reward": float(recorder.reward),
            "opening": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:3]],
        }
        self.records = (self.records + [record])[-50:]
        return record
