# [expect]
# stage = "properties"
# names = ["determin", "ref"]
# bug = "object addresses from id() serve as references in the result"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class ReferenceMemory(MemoStructure):
    """Actions and the episodes that contain them, linked by reference numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: List[Dict[str, Any]] = []
        self.index: Dict[str, List[int]] = {}

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        shown = [{"ref": id(episode), "reward": episode["reward"]} for episode in self.episodes[-3:]]
        refs = {entry["ref"] for entry in shown}
        links = {
            action: [ref for ref in known if ref in refs]
            for action, known in sorted(self.index.items())[:20]
        }
        return {"episodes": shown, "found_in": {action: known for action, known in links.items() if known}}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        episode: Dict[str, Any] = {"reward": float(recorder.reward), "steps": len(recorder.steps)}
        self.episodes = (self.episodes + [episode])[-40:]
        for step in recorder.steps[:40]:
            action = str(step.get("action_took", ""))[:60]
            self.index[action] = (self.index.get(action, []) + [id(episode)])[-5:]
        self.index = dict(list(self.index.items())[-200:])
