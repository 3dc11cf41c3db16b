# [expect]
# stage = "properties"
# names = ["IndexError"]
# bug = "takes the first word of an action that may be empty or blank"
from collections import Counter
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class VerbMemory(MemoStructure):
    """Which verbs raise the score."""

    def __init__(self) -> None:
        super().__init__()
        self.used: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked = sorted(self.used, key=lambda verb: (-self.paid[verb] / self.used[verb], verb))
        return {"verbs_that_pay": ranked[:6]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        previous = 0.0
        for step in recorder.steps[:300]:
            verb = str(step.get("action_took", "")).lower().split()[0][:30]
            score = float(step.get("scores") or 0.0)
            self.used[verb] += 1
            if score > previous:
                self.paid[verb] += 1
            previous = score
        if len(self.used) > 300:
            self.used = Counter(dict(self.used.most_common(150)))
