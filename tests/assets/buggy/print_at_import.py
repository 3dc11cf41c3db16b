# [expect]
# stage = "static"
# names = ["print"]
# bug = "prints and builds a self-test instance while the file is imported"
from collections import deque
from typing import Any, Deque, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class RecentOutcomes(MemoStructure):
    """A short queue of the latest outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: Deque[Dict[str, Any]] = deque(maxlen=25)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        wins = [entry for entry in self.queue if entry["reward"] >= 0.99]
        return {"recent_wins": wins[-3:], "episodes_kept": len(self.queue)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[-10:]]
        self.queue.append({"reward": float(recorder.reward), "closing_actions": actions})


memory = RecentOutcomes()
print("memory structure loaded:", type(memory).__name__)
