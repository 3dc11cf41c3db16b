# [expect]
# stage = "static"
# names = ["open"]
# bug = "keeps its notes in a file instead of in memory"
import json
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class PersistentNotes(MemoStructure):
    """Notes that are meant to survive a restart."""

    CACHE_FILE = "memory_notes.json"

    def __init__(self) -> None:
        super().__init__()
        self.notes: List[Dict[str, Any]] = []

    def _flush(self) -> None:
        with open(self.CACHE_FILE, "w", encoding="utf-8") as handle:
            json.dump(self.notes, handle)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"recent": [dict(note) for note in self.notes[-5:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        final = str(recorder.steps[-1].get("action_took", ""))[:80] if recorder.steps else None
        self.notes.append({"final_action": final, "reward": recorder.reward, "steps": len(recorder.steps)})
        self.notes = self.notes[-60:]
        self._flush()
