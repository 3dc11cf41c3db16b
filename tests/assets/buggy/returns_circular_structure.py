# [expect]
# stage = "properties"
# names = ["ircular"]
# bug = "nodes link to each other, so the result is circular"
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class LinkedEpisodes(MemoStructure):
    """Episodes linked to the one before and the one after."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.nodes:
            return {"latest": None}
        return {"latest": self.nodes[-1]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        previous: Optional[Dict[str, Any]] = self.nodes[-1] if self.nodes else None
        node: Dict[str, Any] = {
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:10]],
            "reward": float(recorder.reward),
            "previous": previous,
            "next": None,
        }
        if previous is not None:
            previous["next"] = node
            previous["previous"] = None
        self.nodes = (self.nodes + [node])[-20:]
