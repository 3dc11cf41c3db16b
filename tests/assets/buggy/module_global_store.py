# [expect]
# stage = "properties"
# names = ["instance", "share", "_KNOWLEDGE"]
# bug = "all instances write into one module-level dict"
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

_KNOWLEDGE: Dict[str, Dict[str, float]] = {}


def remember(action: str, reward: float) -> None:
    entry = _KNOWLEDGE.setdefault(action, {"count": 0.0, "total": 0.0})
    entry["count"] += 1
    entry["total"] += reward
    while len(_KNOWLEDGE) > 400:
        _KNOWLEDGE.pop(next(iter(_KNOWLEDGE)))


class KnowledgeMemory(MemoStructure):
    """Average reward per action over all episodes."""

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        averages = {name: entry["total"] / entry["count"] for name, entry in _KNOWLEDGE.items()}
        best = sorted(averages.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
        return {"best_actions": [{"action": name, "average": round(value, 3)} for name, value in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for step in recorder.steps[:100]:
            remember(str(step.get("action_took", ""))[:60], float(recorder.reward))
