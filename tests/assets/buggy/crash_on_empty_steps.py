# [expect]
# stage = "properties"
# names = ["IndexError"]
# bug = "assumes that an episode has at least one step"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class EndingMemory(MemoStructure):
    """How episodes end: last action, last score, done or cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.endings: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        good = [ending for ending in self.endings if ending["reward"] >= 0.99]
        bad = [ending for ending in self.endings if ending["reward"] < 0.99]
        return {"good_endings": good[-3:], "bad_endings": bad[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        last_step = recorder.steps[-1]
        self.endings.append({
            "action": str(last_step.get("action_took", ""))[:80],
            "score": float(last_step.get("scores") or 0.0),
            "finished": bool(last_step.get("dones", False)),
            "steps": len(recorder.steps),
            "reward": float(recorder.reward),
        })
        self.endings = self.endings[-80:]
