# [expect]
# stage = "properties"
# names = ["UnicodeEncodeError"]
# bug = "encodes observations as ASCII"
import hashlib
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class StateHashMemory(MemoStructure):
    """What was done in an identical observation before."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Dict[str, Dict[str, int]] = {}

    def _state(self, text: str) -> str:
        return hashlib.sha1(" ".join(text.lower().split())[:3000].encode("ascii")).hexdigest()[:16]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        counts = self.table.get(self._state(str(recorder.init.get("obs", ""))), {})
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
        return {"done_here_before": [{"action": name, "times": count} for name, count in ranked]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        seen = str(recorder.init.get("obs", ""))
        for step in recorder.steps[:100]:
            counts = self.table.setdefault(self._state(seen), {})
            action = str(step.get("action_took", ""))[:60]
            counts[action] = counts.get(action, 0) + 1
            seen = str(step.get("obs", ""))
        self.table = dict(list(self.table.items())[-500:])
