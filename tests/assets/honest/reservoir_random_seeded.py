# honest: reservoir sampling with random.Random(0), one generator per instance
import random
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ReservoirMemory(MemoStructure):
    """Every episode seen so far has the same chance to be among the kept ones (algorithm R)."""

    SIZE = 40

    def __init__(self, seed: int = 0):
        super().__init__()
        self._rng = random.Random(seed)
        self._seen = 0
        self._kept: list[dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        # a generator of its own: asking must not change what later updates draw
        rng = random.Random(len(self._kept))
        picked = rng.sample(self._kept, k=min(4, len(self._kept)))
        return {"examples": picked}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        row = {
            "context": str(recorder.init.get("obs", ""))[:250],
            "actions": [str(s.get("action_took", ""))[:60] for s in recorder.steps[:10]],
            "reward": float(recorder.reward),
        }
        self._seen += 1
        if len(self._kept) < self.SIZE:
            self._kept.append(row)
            return
        slot = self._rng.randrange(self._seen)
        if slot < self.SIZE:
            self._kept[slot] = row
