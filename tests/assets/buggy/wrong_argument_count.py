# [expect]
# stage = "types"
# names = ["_score"]
# bug = "an own method is called with one argument too few"
import math
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class DecayingMemory(MemoStructure):
    """Relevance is the overlap of words, discounted by age."""

    HALF_LIFE = 30.0

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self.cases: List[Dict[str, Any]] = []

    def _score(self, words: List[str], case: Dict[str, Any], now: int) -> float:
        overlap = len(set(words) & set(case["words"]))
        return overlap * math.pow(0.5, (now - case["born"]) / self.HALF_LIFE)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        words = " ".join(str(value)[:500] for value in recorder.init.values()).lower().split()[:200]
        ranked = sorted(self.cases, key=lambda case: (-self._score(words, case), case["born"]))
        return {"cases": [{"actions": c["actions"], "reward": c["reward"]} for c in ranked[:3]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.clock += 1
        words = " ".join(str(value)[:500] for value in recorder.init.values()).lower().split()[:200]
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.cases.append({"words": words, "actions": actions, "reward": recorder.reward, "born": self.clock})
        self.cases = self.cases[-120:]
