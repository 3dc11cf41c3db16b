# [expect]
# stage = "properties"
# names = ["tuple", "frequent_pairs", "JSON"]
# bug = "a dict with tuple keys cannot be written as JSON"
from typing import Any, Dict, Tuple

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class BigramMemory(MemoStructure):
    """Pairs of consecutive actions and how often they occurred in won episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: Dict[Tuple[str, str], int] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked = sorted(self.pairs.items(), key=lambda item: (-item[1], item[0]))[:10]
        return {"frequent_pairs": dict(ranked), "known_pairs": min(len(self.pairs), 500)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward < 0.5:
            return
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:150]]
        for pair in zip(actions, actions[1:]):
            self.pairs[pair] = self.pairs.get(pair, 0) + 1
        self.pairs = dict(list(self.pairs.items())[-500:])
