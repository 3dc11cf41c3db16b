# [expect]
# stage = "types"
# names = ["epsiodes"]
# bug = "an attribute of self is misspelt"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class OverlapMemory(MemoStructure):
    """Ranks past episodes by shared words with the current start."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: List[Dict[str, Any]] = []

    def _words(self, init: Dict[str, Any]) -> List[str]:
        text = " ".join(str(value)[:800] for value in init.values())
        return sorted({word.lower() for word in text.split()})[:200]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        query = set(self._words(recorder.init))
        ranked = sorted(self.epsiodes, key=lambda e: (-len(query & set(e["words"])), -e["reward"]))
        return {"similar": [{"actions": e["actions"], "reward": e["reward"]} for e in ranked[:3]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        row = {"words": self._words(recorder.init), "actions": actions, "reward": float(recorder.reward)}
        self.episodes = (self.episodes + [row])[-100:]
