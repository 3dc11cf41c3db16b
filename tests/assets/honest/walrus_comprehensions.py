# honest: walrus operator and dense nested comprehensions
import re
from typing import Any

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder

TOKEN = re.compile(r"[^\W\d_]{3,20}")


class WalrusMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.episodes: list[tuple[frozenset[str], list[str], float]] = []

    @staticmethod
    def _words(init: dict[str, Any]) -> frozenset[str]:
        return frozenset(
            word
            for value in init.values()
            if (text := str(value)[:4000])
            for word in TOKEN.findall(text.lower())[:200]
        )

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        if not (query := self._words(recorder.init)) or not self.episodes:
            return {}
        scored = sorted(
            (
                (-overlap, index, actions, reward)
                for index, (words, actions, reward) in enumerate(self.episodes)
                if (union := len(words | query)) and (overlap := len(words & query) / union) > 0.05
            ),
        )
        return {
            "matches": [
                {"similarity": round(-negative, 3), "actions": actions, "reward": reward}
                for negative, _, actions, reward in scored[:4]
            ]
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if actions := [a for step in recorder.steps if (a := str(step.get("action_took", ""))[:100])]:
            self.episodes.append((self._words(recorder.init), actions[:15], float(recorder.reward)))
        while (excess := len(self.episodes) - 150) > 0:
            del self.episodes[:excess]
