# [expect]
# stage = "properties"
# names = ["ZeroDivisionError"]
# bug = "divides by the number of episodes before there is one"
from collections import Counter
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class SuccessRateMemory(MemoStructure):
    """Overall success rate and the actions that wins have in common."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes = 0
        self.wins = 0
        self.in_wins: Counter[str] = Counter()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        rate = self.wins / self.episodes
        common = sorted(self.in_wins.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
        return {
            "success_rate": round(rate, 3),
            "actions_of_wins": [name for name, _ in common],
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.episodes += 1
        if recorder.reward >= 0.99:
            self.wins += 1
            self.in_wins.update(str(step.get("action_took", ""))[:60] for step in recorder.steps[:100])
        if len(self.in_wins) > 500:
            self.in_wins = Counter(dict(self.in_wins.most_common(250)))
