# [expect]
# stage = "properties"
# names = ["TypeError", "not supported"]
# bug = "heap entries with equal rewards make Python compare two dicts"
import heapq
from typing import Any, Dict, List, Tuple

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class HeapMemory(MemoStructure):
    """The ten best episodes in a heap."""

    CAPACITY = 10

    def __init__(self) -> None:
        super().__init__()
        self.heap: List[Tuple[float, Dict[str, Any]]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        best = sorted(self.heap, key=lambda entry: -entry[0])[:3]
        return {"best": [{"reward": reward, **episode} for reward, episode in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        episode: Dict[str, Any] = {
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]],
            "steps": len(recorder.steps),
        }
        heapq.heappush(self.heap, (float(recorder.reward), episode))
        if len(self.heap) > self.CAPACITY:
            heapq.heappop(self.heap)
