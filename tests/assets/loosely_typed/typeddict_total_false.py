from typing import TypedDict
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Note(TypedDict, total=False):
    text: str
    reward: float
    tags: List[str]


class Context(TypedDict):
    notes: List[Note]
    count: int


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.notes: List[Note] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Context:
        best = sorted(self.notes, key=lambda n: -n["reward"])[:3]
        context: Context = {"notes": best, "count": len(self.notes)}
        context["goal"] = recorder.init.get("goal")
        return context

    async def general_update(self, recorder: Basic_Recorder) -> None:
        note: Note = {"text": recorder.init.get("obs", ""), "reward": recorder.reward}
        note["extra"] = 1
        note.setdefault("tags", []).append("x")
        self.notes = [*self.notes, note][-20:]
