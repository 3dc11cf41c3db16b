# [expect]
# stage = "properties"
# names = ["archive", "grow", "large", "64 KiB", "65536"]
# bug = "every retrieve returns every episode ever seen"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ArchiveLayer(Sub_memo_layer):
    """The complete archive."""

    def __init__(self) -> None:
        super().__init__(layer_intro="All trajectories in full.")
        self.database: List[Dict[str, Any]] = []

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        return [dict(entry) for entry in self.database]

    async def update(self, **kwargs) -> None:
        self.database.append(kwargs["entry"])


class ArchiveMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.archive = ArchiveLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"archive": await self.archive.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        trajectory = [
            {"action": str(step.get("action_took", ""))[:80], "seen": str(step.get("obs", ""))[:200]}
            for step in recorder.steps
        ]
        await self.archive.update(entry={"trajectory": trajectory, "reward": float(recorder.reward)})
