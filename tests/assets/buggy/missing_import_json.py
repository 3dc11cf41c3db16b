# [expect]
# stage = "static"
# names = ["json"]
# bug = "json.dumps is used but json is never imported"
import hashlib
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class FingerprintMemory(MemoStructure):
    """Recognises a start state by its fingerprint and recalls how it went last time."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Dict[str, Dict[str, Any]] = {}

    def _fingerprint(self, init: Dict[str, Any]) -> str:
        canonical = json.dumps(init, sort_keys=True, default=str)
        return hashlib.md5(canonical.encode("utf-8", "replace")).hexdigest()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        known = self.outcomes.get(self._fingerprint(recorder.init))
        if known is None:
            return {"seen_before": False}
        return {"seen_before": True, "last_time": dict(known)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:25]]
        self.outcomes[self._fingerprint(recorder.init)] = {
            "actions": actions,
            "reward": float(recorder.reward),
        }
