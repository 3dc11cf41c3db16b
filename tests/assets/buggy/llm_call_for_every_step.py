# [expect]
# stage = "execution"
# names = ["LLM", "calls", "budget"]
# bug = "asks the model about every single step: far too many calls over a collection phase"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class StepCritic(MemoStructure):
    """The model judges each step; the judgements are collected per action."""

    def __init__(self) -> None:
        super().__init__()
        self.judgements: Dict[str, str] = {}
        self.critic = Agent("Was this step useful? Answer in a few words.")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        latest: List[str] = list(self.judgements)[-8:]
        return {"judgements": [{"action": name, "judgement": self.judgements[name]} for name in latest]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for number, step in enumerate(recorder.steps[:60]):
            action = str(step.get("action_took", ""))[:60]
            prompt = f"Step {number}: {action}\nSeen: {str(step.get('obs', ''))[:300]}\nReward: {recorder.reward}"
            verdict = await self.critic.ask(prompt)
            self.judgements.pop(action, None)
            self.judgements[action] = str(verdict)[:200]
        self.judgements = dict(list(self.judgements.items())[-200:])
