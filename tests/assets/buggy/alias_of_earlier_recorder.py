# [expect]
# stage = "properties"
# names = ["init"]
# bug = "stores init by reference and later writes a visit counter into it"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class VisitMemory(MemoStructure):
    """Counts how often the same start was played."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: Dict[str, Dict[str, Any]] = {}

    def _key(self, recorder: Basic_Recorder) -> str:
        return "|".join(f"{k}={str(v)[:200]}" for k, v in sorted(recorder.init.items()) if k != "visits")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        known = self.starts.get(self._key(recorder), {})
        return {"visits": known.get("visits", 1 if known else 0), "different_starts": min(len(self.starts), 100)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        key = self._key(recorder)
        if key in self.starts:
            start = self.starts[key]
            start["visits"] = start.get("visits", 1) + 1
        else:
            self.starts[key] = recorder.init
        oldest: List[str] = list(self.starts)[:-100]
        for name in oldest:
            del self.starts[name]
