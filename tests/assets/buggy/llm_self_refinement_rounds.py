# [expect]
# stage = "execution"
# names = ["LLM", "calls", "budget"]
# bug = "twelve rounds of criticism and revision after every episode"
from typing import Any, Dict

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class RefinedStrategy(MemoStructure):
    """A strategy text that is criticised and revised until it is as good as it gets."""

    ROUNDS = 12

    def __init__(self) -> None:
        super().__init__()
        self.strategy = ""
        self.critic = Agent("Criticise the strategy in the light of the episode, in one sentence.")
        self.editor = Agent("Revise the strategy.", {"strategy": {"type": "string"}})

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"strategy": self.strategy}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = "; ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:20])
        episode = f"Actions: {actions}\nReward: {recorder.reward}"
        for round_number in range(self.ROUNDS):
            criticism = await self.critic.ask(f"{episode}\nRound {round_number}\nStrategy: {self.strategy}")
            reply = await self.editor.ask(f"Strategy: {self.strategy}\nCriticism: {criticism}")
            revised = reply.get("strategy")
            if isinstance(revised, str) and revised.strip():
                self.strategy = revised[:3000]
