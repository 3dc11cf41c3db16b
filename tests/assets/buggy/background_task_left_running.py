# [expect]
# stage = "properties"
# names = ["task", "general_update"]
# bug = "the update starts a background task and returns before anything is stored"
import asyncio
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class BackgroundReflection(MemoStructure):
    """Reflection is slow, so it runs in the background."""

    def __init__(self) -> None:
        super().__init__()
        self.reflections: List[str] = []
        self.tasks: List[asyncio.Task[None]] = []
        self.thinker = Agent("Reflect on the episode in one sentence.")

    async def _reflect(self, prompt: str) -> None:
        sentence = await self.thinker.ask(prompt)
        await asyncio.sleep(30)
        self.reflections = (self.reflections + [str(sentence)[:300]])[-40:]

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"reflections": self.reflections[-5:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = "; ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:20])
        task = asyncio.create_task(self._reflect(f"Actions: {actions}. Reward: {recorder.reward}"))
        self.tasks = (self.tasks + [task])[-10:]
