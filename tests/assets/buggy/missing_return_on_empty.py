# [expect]
# stage = "types"
# names = ["general_retrieve", "Missing return"]
# bug = "falls off the end without a return when nothing is stored"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class BestEpisodeMemory(MemoStructure):
    """Only the best episodes are worth showing."""

    def __init__(self) -> None:
        super().__init__()
        self.best: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if self.best:
            shown = [
                {"actions": episode["actions"], "reward": episode["reward"]}
                for episode in self.best[:3]
            ]
            return {"best_episodes": shown, "count": len(self.best)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:25]]
        self.best.append({"actions": actions, "reward": float(recorder.reward), "length": len(recorder.steps)})
        self.best.sort(key=lambda episode: (-episode["reward"], episode["length"]))
        del self.best[20:]
