# [expect]
# stage = "properties"
# names = ["reward"]
# bug = "rounds the reward in the recorder itself, which changes the measured outcome"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class BinaryOutcomeMemory(MemoStructure):
    """Treats every episode as won or lost."""

    def __init__(self) -> None:
        super().__init__()
        self.won: List[List[str]] = []
        self.lost: List[List[str]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"won": self.won[-3:], "lost": self.lost[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        # partial rewards are not informative: make them binary
        recorder.reward = 1.0 if recorder.reward >= 0.5 else 0.0
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        if recorder.reward == 1.0:
            self.won = (self.won + [actions])[-40:]
        else:
            self.lost = (self.lost + [actions])[-40:]
