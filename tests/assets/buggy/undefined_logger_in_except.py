# [expect]
# stage = "static"
# names = ["logger"]
# bug = "the except branch logs to a logger that is never defined"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class ReflectiveMemory(MemoStructure):
    """After each failure the LLM writes one sentence of advice."""

    def __init__(self) -> None:
        super().__init__()
        self.advice: List[str] = []
        self.critic = Agent("You review a failed episode. Answer with one sentence of advice.")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"advice": self.advice[-5:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        if recorder.reward >= 0.99:
            return
        actions = ", ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[-15:])
        try:
            sentence = await self.critic.ask(f"Actions taken: {actions}\nReward: {recorder.reward}")
        except Exception as error:
            logger.warning("reflection failed: %s", error)
            return
        if sentence.strip():
            self.advice = (self.advice + [sentence.strip()[:300]])[-30:]
