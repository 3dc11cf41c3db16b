# [expect]
# stage = "properties"
# names = ["steps"]
# bug = "appends its own summary to the steps of the recorder"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class SummaryStepMemory(MemoStructure):
    """Closes each trajectory with a summary row before it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.trajectories: List[List[Dict[str, Any]]] = []

    def _condense(self, step: Dict[str, Any]) -> Dict[str, Any]:
        return {"action": str(step.get("action_took", ""))[:60], "score": float(step.get("scores") or 0.0)}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"trajectories": [rows[-6:] for rows in self.trajectories[-2:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        trajectory = recorder.steps
        trajectory.append({
            "action_took": f"END after {len(trajectory)} actions",
            "scores": recorder.reward,
            "dones": True,
        })
        self.trajectories.append([self._condense(step) for step in trajectory[-30:]])
        del self.trajectories[:-40]
