# [expect]
# stage = "properties"
# names = ["actions_list", "init"]
# bug = "pops actions_list out of the recorder's init"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class AdmissibleMemory(MemoStructure):
    """Rates the admissible actions; everything else in init is the context."""

    def __init__(self) -> None:
        super().__init__()
        self.rating: Dict[str, float] = {}
        self.contexts: List[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        actions = recorder.init.pop("actions_list", None) or []
        context = " ".join(str(value)[:300] for value in recorder.init.values())[:900]
        rated = sorted(((self.rating.get(str(a)[:80], 0.0), str(a)[:80]) for a in actions[:50]), reverse=True)
        return {
            "rated_actions": [{"action": name, "value": round(value, 3)} for value, name in rated[:8]],
            "context_seen_before": context in self.contexts,
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        context = " ".join(str(v)[:300] for k, v in recorder.init.items() if k != "actions_list")[:900]
        self.contexts = (self.contexts + [context])[-50:]
        for step in recorder.steps[:100]:
            action = str(step.get("action_took", ""))[:80]
            self.rating[action] = 0.8 * self.rating.get(action, 0.0) + 0.2 * float(recorder.reward)
        self.rating = dict(list(self.rating.items())[-500:])
