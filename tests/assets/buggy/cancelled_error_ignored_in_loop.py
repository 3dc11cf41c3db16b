# [expect]
# stage = "static"
# names = ["CancelledError", "while True", "endless"]
# bug = "an endless retry loop swallows CancelledError, so it can never be stopped"
import asyncio
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class StubbornPlaybook(MemoStructure):
    """One playbook that the model rewrites after every episode."""

    def __init__(self) -> None:
        super().__init__()
        self.playbook = ""
        self.editor = Agent("Rewrite the playbook with what the episode taught.", {"playbook": {"type": "string"}})

    async def _rewrite(self, prompt: str) -> str:
        reply: Dict[str, Any] = {}
        while True:
            try:
                reply = await self.editor.ask(prompt)
                if isinstance(reply.get("playbook"), str):
                    self.playbook = reply["playbook"][:4000]
            except asyncio.CancelledError:
                continue
            await asyncio.sleep(0)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"playbook": self.playbook}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = "; ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:20])
        await self._rewrite(f"Playbook: {self.playbook}\nEpisode: {actions}\nReward: {recorder.reward}")
