# [expect]
# stage = "properties"
# names = ["ValueError", "int()"]
# bug = "takes the last word of every action for a number"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class PlaceLayer(Sub_memo_layer):
    """Which numbered places were visited, e.g. 'go to cabinet 3'."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Visited places with their numbers.")
        self.visits: Dict[str, List[int]] = {}

    async def retrieve(self, **kwargs) -> Dict[str, List[int]]:
        return {name: numbers[:10] for name, numbers in sorted(self.visits.items())[:10]}

    async def update(self, **kwargs) -> None:
        for action in kwargs["actions"]:
            if not action.startswith("go to ") and " " not in action:
                continue
            kind, _, number = action.replace("go to ", "").rpartition(" ")
            numbers = self.visits.setdefault(kind[:40], [])
            if int(number) not in numbers:
                numbers.append(int(number))
        self.visits = dict(list(self.visits.items())[-100:])


class PlaceMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.places = PlaceLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"visited": await self.places.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.places.update(actions=[str(step.get("action_took", ""))[:60] for step in recorder.steps[:60]])
