# [expect]
# stage = "types"
# names = ["general_retrieve"]
# bug = "general_retrieve takes no recorder"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class InsightList(MemoStructure):
    """Collects one insight per episode from the model."""

    def __init__(self) -> None:
        super().__init__()
        self.insights: List[str] = []
        self.analyst = Agent("State one reusable insight in a short sentence.")

    async def general_retrieve(self) -> Dict[str, Any]:
        return {"insights": self.insights[-6:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        lines = []
        for step in recorder.steps[:25]:
            lines.append(f"- {str(step.get('action_took', ''))[:60]} -> {step.get('scores', 0)}")
        insight = await self.analyst.ask("\n".join(lines) + f"\nreward {recorder.reward}")
        if insight and insight not in self.insights:
            self.insights = (self.insights + [insight[:300]])[-40:]
