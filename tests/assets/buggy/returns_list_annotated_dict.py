# [expect]
# stage = "types"
# names = ["general_retrieve", "list"]
# bug = "returns the list of hits although a dict is promised"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class HitListMemory(MemoStructure):
    """Episodes whose goal starts the same way."""

    def __init__(self) -> None:
        super().__init__()
        self.by_prefix: Dict[str, List[Dict[str, Any]]] = {}

    def _prefix(self, recorder: Basic_Recorder) -> str:
        return str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:24].lower()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        hits: List[Dict[str, Any]] = [dict(row) for row in self.by_prefix.get(self._prefix(recorder), [])]
        return hits[-4:]

    async def general_update(self, recorder: Basic_Recorder) -> None:
        rows = self.by_prefix.setdefault(self._prefix(recorder), [])
        rows.append({
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]],
            "reward": float(recorder.reward),
        })
        del rows[:-10]
        while len(self.by_prefix) > 100:
            self.by_prefix.pop(next(iter(self.by_prefix)))
