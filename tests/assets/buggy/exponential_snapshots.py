# [expect]
# stage = "properties"
# names = ["general_update", "grow", "oom", "MemoryError"]
# bug = "every snapshot holds copies of all earlier snapshots, so memory doubles with each episode"
import copy
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class VersionedMemory(MemoStructure):
    """Keeps every version of the action table so that a bad update can be undone."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Dict[str, float] = {}
        self.versions: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        best = sorted(self.table.items(), key=lambda pair: (-pair[1], pair[0]))[:6]
        return {"best_actions": [name for name, _ in best], "version": min(len(self.versions), 99)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.versions.append({
            "table": dict(self.table),
            "history": copy.deepcopy(self.versions),
        })
        for step in recorder.steps[:50]:
            action = str(step.get("action_took", ""))[:60]
            old = self.table.get(action, 0.0)
            self.table[action] = old + 0.1 * (float(recorder.reward) - old)
        self.table = dict(list(self.table.items())[-100:])
