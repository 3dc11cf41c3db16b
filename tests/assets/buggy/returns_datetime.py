# [expect]
# stage = "properties"
# names = ["datetime", "JSON"]
# bug = "a datetime in the result cannot be written as JSON"
from datetime import datetime, timezone
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class JournalMemory(MemoStructure):
    """A journal with one entry per episode."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: List[Dict[str, Any]] = []

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        latest = self.entries[-4:]
        return {
            "journal": [{"actions": e["actions"], "reward": e["reward"]} for e in latest],
            "last_written": latest[-1]["written"] if latest else None,
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        self.entries.append({
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:10]],
            "reward": float(recorder.reward),
            "written": datetime.now(timezone.utc),
        })
        self.entries = self.entries[-60:]
