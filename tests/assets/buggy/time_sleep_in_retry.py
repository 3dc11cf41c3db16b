# [expect]
# stage = "static"
# names = ["sleep"]
# bug = "time.sleep blocks the event loop between retries"
import time
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class PatientSummaryMemory(MemoStructure):
    """Summarises episodes and retries when the model does not answer."""

    MAX_ATTEMPTS = 3

    def __init__(self) -> None:
        super().__init__()
        self.summaries: List[str] = []
        self.writer = Agent("Summarise the episode in one plain sentence.")

    async def _summarise(self, text: str) -> str:
        for attempt in range(self.MAX_ATTEMPTS):
            try:
                return (await self.writer.ask(text)).strip()[:300]
            except RuntimeError:
                time.sleep(2 ** attempt)
        return ""

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"recent_summaries": self.summaries[-5:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = "; ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:30])
        sentence = await self._summarise(f"actions: {actions}; reward: {recorder.reward}")
        if sentence:
            self.summaries = (self.summaries + [sentence])[-50:]
