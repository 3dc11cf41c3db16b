# [expect]
# stage = "properties"
# names = ["obs", "steps"]
# bug = "shortens the observations inside the recorder's own steps"
from typing import Any, Dict, List

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer


class CompactLayer(Sub_memo_layer):
    """Episodes with short observations."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Episodes with short observations.")
        self.episodes: List[List[Dict[str, str]]] = []

    async def retrieve(self, **kwargs) -> List[List[Dict[str, str]]]:
        return self.episodes[-2:]

    async def update(self, **kwargs) -> None:
        steps: List[Dict[str, Any]] = kwargs["steps"]
        for step in steps:
            if "obs" in step:
                step["obs"] = str(step["obs"])[:40]
        rows = [{"did": str(s.get("action_took", ""))[:60], "saw": str(s.get("obs", ""))} for s in steps[-10:]]
        self.episodes = (self.episodes + [rows])[-30:]


class CompactMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.compact = CompactLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"recent_episodes": await self.compact.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.compact.update(steps=recorder.steps)
