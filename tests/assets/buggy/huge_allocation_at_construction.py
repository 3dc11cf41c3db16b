# [expect]
# stage = "properties"
# names = ["MemoryError", "oom", "__init__"]
# bug = "the constructor fills a 512 MB matrix"
from typing import Any, Dict

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TransitionMatrix(MemoStructure):
    """Transition counts between actions in one preallocated dense matrix."""

    CAPACITY = 8192

    def __init__(self) -> None:
        super().__init__()
        self.counts = np.ones((self.CAPACITY, self.CAPACITY), dtype=np.float64)
        self.ids: Dict[str, int] = {}

    def _id(self, action: str) -> int:
        if action not in self.ids and len(self.ids) < self.CAPACITY:
            self.ids[action] = len(self.ids)
        return self.ids.get(action, 0)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        names = list(self.ids)
        size = min(len(names), 200)
        best: Dict[str, str] = {}
        for name in sorted(names[:size])[:10]:
            best[name] = names[int(np.argmax(self.counts[self.ids[name], :size]))]
        return {"usually_followed_by": best}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        ids = [self._id(str(step.get("action_took", ""))[:60]) for step in recorder.steps[:300]]
        for first, second in zip(ids, ids[1:]):
            self.counts[first, second] += 1.0
