# [expect]
# stage = "properties"
# names = ["re.error", "PatternError", "unterminated", "_mentions"]
# bug = "builds a regular expression out of observed text without re.escape"
import re
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class KeywordMemory(MemoStructure):
    """Finds stored episodes that mention a word of the goal."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: List[Dict[str, Any]] = []

    def _mentions(self, word: str, text: str) -> bool:
        return re.search(rf"\b{word}\b", text, re.IGNORECASE) is not None

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        goal = str(recorder.init.get("goal") or recorder.init.get("obs") or "")
        words = [word[:40] for word in goal.split()[:12]]
        scored = []
        for index, episode in enumerate(self.episodes):
            hits = sum(1 for word in words if self._mentions(word, episode["text"]))
            scored.append((-hits, index))
        best = [self.episodes[index] for hits, index in sorted(scored)[:3] if hits < 0]
        return {"matching": [{"actions": e["actions"], "reward": e["reward"]} for e in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        text = " ".join([str(recorder.init.get("goal", ""))[:300], *actions])
        self.episodes = (self.episodes + [{"text": text, "actions": actions, "reward": recorder.reward}])[-60:]
