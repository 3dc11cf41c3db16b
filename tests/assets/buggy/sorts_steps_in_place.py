# [expect]
# stage = "properties"
# names = ["steps"]
# bug = "sorts the recorder's steps in place"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class KeyStepMemory(MemoStructure):
    """The three steps with the highest score of each episode."""

    def __init__(self) -> None:
        super().__init__()
        self.key_steps: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"key_steps": [dict(step) for step in self.key_steps[-9:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        steps = recorder.steps
        steps.sort(key=lambda step: float(step.get("scores") or 0.0), reverse=True)
        for step in steps[:3]:
            self.key_steps.append({
                "action": str(step.get("action_took", ""))[:60],
                "score": round(float(step.get("scores") or 0.0), 3),
                "episode_reward": round(float(recorder.reward), 3),
            })
        self.key_steps = self.key_steps[-120:]
