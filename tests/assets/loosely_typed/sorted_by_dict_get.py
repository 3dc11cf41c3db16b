from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Counts(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.counts: Dict[str, int] = {}
        self.scores: Dict[str, List[float]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.counts:
            return {}
        best = max(self.counts, key=self.counts.get)
        ranked = sorted(self.counts, key=self.counts.get, reverse=True)
        pairs = sorted(self.counts.items(), key=lambda kv: (-kv[1], kv[0]))
        worst = min(
            self.scores, key=lambda k: sum(self.scores[k]) / len(self.scores[k]), default=None
        )
        return {"best": best, "ranked": ranked[:5], "pairs": dict(pairs), "worst": worst}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps:
            key = step.get("action_took") or ""
            self.counts[key] = self.counts.get(key, 0) + 1
            self.scores.setdefault(key, []).append(step.get("scores", 0.0))
