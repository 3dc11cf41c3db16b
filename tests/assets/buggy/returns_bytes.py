# [expect]
# stage = "properties"
# names = ["bytes", "plan_ids", "JSON"]
# bug = "a compressed digest is returned as bytes"
import hashlib
import zlib
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class CompressedMemory(MemoStructure):
    """Keeps trajectories compressed; unpacks the latest two for the prompt."""

    def __init__(self) -> None:
        super().__init__()
        self.packed: List[bytes] = []
        self.digests: List[bytes] = []

    def _pack(self, actions: List[str]) -> bytes:
        return zlib.compress("\n".join(actions).encode("utf-8", "replace"))

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        plans = [zlib.decompress(data).decode("utf-8").split("\n") for data in self.packed[-2:]]
        return {"latest_plans": plans, "plan_ids": self.digests[-2:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        data = self._pack([str(step.get("action_took", ""))[:60] for step in recorder.steps[:30]])
        self.packed = (self.packed + [data])[-50:]
        self.digests = (self.digests + [hashlib.sha256(data).digest()[:8]])[-50:]
