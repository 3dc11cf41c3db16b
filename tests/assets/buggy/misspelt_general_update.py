# [expect]
# stage = "static"
# names = ["general_update"]
# bug = "general_update is spelt general_udpate, so the class stays abstract"
from typing import Any, Dict, List

from alma_safe.contract import Basic_Recorder, MemoStructure


class TransitionMemory(MemoStructure):
    """Which action followed which in winning episodes."""

    def __init__(self) -> None:
        super().__init__()
        self.follow: Dict[str, Dict[str, int]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        chains: List[Dict[str, str]] = []
        for first in sorted(self.follow)[:10]:
            second = max(sorted(self.follow[first].items()), key=lambda pair: pair[1])[0]
            chains.append({"after": first, "try": second})
        return {"transitions": chains}

    async def general_udpate(self, recorder: Basic_Recorder) -> None:
        if recorder.reward < 0.99:
            return
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:100]]
        for first, second in zip(actions, actions[1:]):
            counts = self.follow.setdefault(first, {})
            counts[second] = counts.get(second, 0) + 1
        while len(self.follow) > 300:
            self.follow.pop(next(iter(self.follow)))
