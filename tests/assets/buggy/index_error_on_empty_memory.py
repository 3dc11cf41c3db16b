# [expect]
# stage = "properties"
# names = ["IndexError"]
# bug = "reads the last episode before there is one"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class LastAttemptMemory(MemoStructure):
    """Shows the previous attempt together with a verdict."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts: List[Dict[str, Any]] = []

    def _verdict(self, reward: float) -> str:
        if reward >= 0.99:
            return "succeeded"
        return "partly succeeded" if reward > 0 else "failed"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        last = self.attempts[-1]
        return {
            "previous_attempt": {"actions": list(last["actions"]), "verdict": last["verdict"]},
            "attempts_so_far": len(self.attempts),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        self.attempts.append({"actions": actions, "verdict": self._verdict(recorder.reward)})
        del self.attempts[:-30]
