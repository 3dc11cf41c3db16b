# [expect]
# stage = "properties"
# names = ["determin", "note_id"]
# bug = "every retrieve puts fresh random ids into the result"
import uuid
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class TaggedNotes(MemoStructure):
    """Notes carry an id so that the agent can refer to them."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: List[Dict[str, Any]] = []

    def _note(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {
            "note_id": str(uuid.uuid4()),
            "opening": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:4]],
            "ending": [str(step.get("action_took", ""))[:60] for step in recorder.steps[-4:]],
            "reward": float(recorder.reward),
        }

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked = sorted(self.notes, key=lambda note: -note["reward"])
        return {"notes": [dict(note) for note in ranked[:4]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.notes = (self.notes + [self._note(recorder)])[-60:]
