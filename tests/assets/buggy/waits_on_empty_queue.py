# [expect]
# stage = "properties"
# names = ["_drain", "general_retrieve", "deadline"]
# bug = "awaits an item of a queue that is empty when nothing was stored yet"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder


class QueueMemory(MemoStructure):
    """Digests go through a queue; retrieve drains it into the visible notes."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox: asyncio.Queue[Dict[str, Any]] = asyncio.Queue()
        self.notes: List[Dict[str, Any]] = []

    async def _drain(self) -> None:
        self.notes.append(await self.inbox.get())
        while not self.inbox.empty():
            self.notes.append(self.inbox.get_nowait())
        self.notes = self.notes[-50:]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        await self._drain()
        return {"notes": [dict(note) for note in self.notes[-4:]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:10]]
        await self.inbox.put({"actions": actions, "reward": float(recorder.reward)})
