# [expect]
# stage = "properties"
# names = ["hash", "actions_of_wins", "determin"]
# bug = "list(set(...)) puts hash order into the result"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class VocabularyMemory(MemoStructure):
    """Actions seen in won episodes, without duplicates."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: List[str] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        admissible = {str(action)[:60] for action in recorder.init.get("actions_list") or []}
        known = list(set(self.actions))
        return {
            "actions_of_wins": known[:15],
            "possible_now": sorted(admissible & set(known))[:10],
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.5:
            self.actions += [str(step.get("action_took", ""))[:60] for step in recorder.steps[:60]]
            self.actions = self.actions[-400:]
