# [expect]
# stage = "static"
# names = ["pickle"]
# bug = "snapshots its store with pickle, which is not an admitted module"
import pickle
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class SnapshotMemory(MemoStructure):
    """Rolls back to the previous snapshot when three episodes in a row fail."""

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, float] = {}
        self.snapshot: bytes = pickle.dumps({})
        self.failures = 0

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        best = sorted(self.rules.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
        return {"useful_actions": [{"action": name, "value": round(value, 3)} for name, value in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward > 0:
            self.snapshot = pickle.dumps(self.rules)
            self.failures = 0
        else:
            self.failures += 1
        for step in recorder.steps[:50]:
            action = str(step.get("action_took", ""))[:80]
            self.rules[action] = 0.9 * self.rules.get(action, 0.0) + 0.1 * recorder.reward
        self.rules = dict(list(self.rules.items())[-400:])
        if self.failures >= 3:
            self.rules = pickle.loads(self.snapshot)
            self.failures = 0
