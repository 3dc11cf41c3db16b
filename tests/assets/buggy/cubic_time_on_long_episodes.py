# [expect]
# stage = "properties"
# names = ["general_update", "_longest_repeat", "deadline"]
# bug = "searches repeated subsequences in cubic time, so a thousand steps never finish"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class LoopDetector(MemoStructure):
    """Finds the longest loop of actions, a sign that the agent was stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.loops: List[List[str]] = []

    def _longest_repeat(self, actions: List[str]) -> List[str]:
        best: List[str] = []
        count = len(actions)
        for start in range(count):
            for other in range(start + 1, count):
                length = 0
                for offset in range(count - other):
                    matches = [actions[start + offset], actions[other + offset]]
                    if matches[0] == matches[1]:
                        length = length + 1 if length == offset else length
                if length > len(best):
                    best = actions[start:start + length]
        return best

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"loops_to_avoid": [loop[:10] for loop in self.loops[-3:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        loop = self._longest_repeat([str(step.get("action_took", ""))[:60] for step in recorder.steps])
        if len(loop) >= 2 and recorder.reward < 0.99:
            self.loops = (self.loops + [loop[:20]])[-30:]
