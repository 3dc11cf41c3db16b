# [expect]
# stage = "properties"
# names = ["general_update", "_store", "deadlock", "deadline"]
# bug = "asyncio.Lock is not reentrant: the update acquires it again and waits for ever"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class GuardedMemory(MemoStructure):
    """All access to the rows is guarded by one lock."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = asyncio.Lock()
        self.rows: List[Dict[str, Any]] = []

    async def _store(self, row: Dict[str, Any]) -> None:
        async with self.lock:
            self.rows.append(row)
            del self.rows[:-50]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        async with self.lock:
            return {"rows": [dict(row) for row in self.rows[-4:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        async with self.lock:
            known = any(row["actions"] == actions for row in self.rows)
            if not known:
                await self._store({"actions": actions, "reward": float(recorder.reward)})
