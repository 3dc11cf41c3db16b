# [expect]
# stage = "properties"
# names = ["RecursionError"]
# bug = "folds the steps recursively, one frame per step"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class FoldedMemory(MemoStructure):
    """Run-length encoded action sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.sequences: List[Dict[str, Any]] = []

    def _encode(self, actions: List[str], position: int = 0) -> List[List[Any]]:
        if position >= len(actions):
            return []
        rest = self._encode(actions, position + 1)
        if rest and rest[0][0] == actions[position]:
            rest[0][1] += 1
            return rest
        return [[actions[position], 1]] + rest[:24]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        best = sorted(self.sequences, key=lambda entry: -entry["reward"])
        return {"sequences": [dict(entry) for entry in best[:2]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        runs = self._encode([str(step.get("action_took", ""))[:60] for step in recorder.steps])
        self.sequences = (self.sequences + [{"runs": runs, "reward": float(recorder.reward)}])[-40:]
