# [expect]
# stage = "types"
# names = ["chat"]
# bug = "calls Agent.chat, which does not exist (it is Agent.ask)"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class CoachMemory(MemoStructure):
    """A coach model turns each episode into tips."""

    def __init__(self) -> None:
        super().__init__()
        self.tips: List[str] = []
        self.coach = Agent(
            system_prompt="You coach a player of text games. Give short tips.",
            output_schema={"tips": {"type": "array", "items": {"type": "string"}}},
            model="gpt-4o-mini",
        )

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"tips": self.tips[-8:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        log = "\n".join(str(step.get("action_took", ""))[:80] for step in recorder.steps[:30])
        reply = await self.coach.chat(f"Reward {recorder.reward}. Actions:\n{log}")
        tips = reply.get("tips") if isinstance(reply, dict) else None
        if isinstance(tips, list):
            fresh = [tip[:200] for tip in tips if isinstance(tip, str) and tip not in self.tips]
            self.tips = (self.tips + fresh[:3])[-60:]
