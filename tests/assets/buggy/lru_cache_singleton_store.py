# [expect]
# stage = "properties"
# names = ["instance", "share", "get_store"]
# bug = "a module-level lru_cache hands the same store to every instance"
from functools import lru_cache
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class NoteStore:
    def __init__(self) -> None:
        self.notes: List[str] = []

    def add(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
        del self.notes[:-60]


@lru_cache(maxsize=1)
def get_store() -> NoteStore:
    """The store is expensive to build, so build it once."""
    return NoteStore()


class NotebookMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.store = get_store()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"notes": self.store.notes[-6:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.steps:
            last = str(recorder.steps[-1].get("action_took", ""))[:60]
            self.store.add(f"'{last}' closed an episode with reward {recorder.reward:.2f}")
