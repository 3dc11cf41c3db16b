# [expect]
# stage = "properties"
# names = ["ZeroDivisionError"]
# bug = "the cosine divides by the norm of a text without words"
import math
from collections import Counter
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


def cosine(left: Counter[str], right: Counter[str]) -> float:
    dot = sum(count * right[word] for word, count in left.items())
    norm_left = math.sqrt(sum(count * count for count in left.values()))
    norm_right = math.sqrt(sum(count * count for count in right.values()))
    return dot / (norm_left * norm_right)


class BagOfWordsMemory(MemoStructure):
    """Nearest episodes by cosine over word counts."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: List[Dict[str, Any]] = []

    def _bag(self, recorder: Basic_Recorder) -> Counter[str]:
        text = str(recorder.init.get("goal") or recorder.init.get("obs") or "")
        return Counter(text[:3000].lower().split())

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        query = self._bag(recorder)
        scored = [(-cosine(query, case["bag"]), index) for index, case in enumerate(self.cases)]
        best = [self.cases[index] for _, index in sorted(scored)[:3]]
        return {"nearest": [{"actions": case["actions"], "reward": case["reward"]} for case in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.cases = (self.cases + [{"bag": self._bag(recorder), "actions": actions, "reward": recorder.reward}])[-80:]
