# [expect]
# stage = "properties"
# names = ["IndexError"]
# bug = "retrieve reads the first step, but steps are empty before an episode"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class FirstViewMemory(MemoStructure):
    """Indexes episodes by the words of the first observation."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: List[Dict[str, Any]] = []

    def _view(self, recorder: Basic_Recorder) -> str:
        first = recorder.steps[0]
        return str(first.get("obs") or first.get("short_term_context") or "")[:1000]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        words = set(self._view(recorder).lower().split())
        ranked = sorted(self.rows, key=lambda row: -len(words & set(row["words"])))
        return {"similar_views": [{"actions": row["actions"], "reward": row["reward"]} for row in ranked[:3]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if not recorder.steps:
            return
        words = sorted(set(self._view(recorder).lower().split()))[:150]
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.rows = (self.rows + [{"words": words, "actions": actions, "reward": recorder.reward}])[-100:]
