# [expect]
# stage = "types"
# names = ["trajectory"]
# bug = "reads recorder.trajectory, which does not exist"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ScoreCurveMemory(MemoStructure):
    """Remembers where in an episode the score rose."""

    def __init__(self) -> None:
        super().__init__()
        self.gains: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"actions_that_paid": [dict(gain) for gain in self.gains[-8:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        previous = 0.0
        for index, step in enumerate(recorder.trajectory):
            score = float(step.get("scores") or 0.0)
            if score > previous:
                self.gains.append({
                    "action": str(step.get("action_took", ""))[:80],
                    "at_step": index,
                    "gain": round(score - previous, 3),
                })
            previous = max(previous, score)
        self.gains = self.gains[-200:]
