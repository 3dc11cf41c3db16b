# [expect]
# stage = "properties"
# names = ["KeyError", "insights"]
# bug = "takes reply[\"insights\"] although a failed reply only has error and raw_output"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class InsightLayer(Sub_memo_layer):
    """Insights extracted by a model."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Insights extracted by a model.")
        self.insights: List[str] = []
        self.extractor = Agent(
            system_prompt="Extract at most three generalisable insights from the episode.",
            output_schema={"insights": {"type": "array", "items": {"type": "string"}}},
        )

    async def retrieve(self, **kwargs) -> List[str]:
        return self.insights[-kwargs.get("limit", 6):]

    async def update(self, **kwargs) -> None:
        reply = await self.extractor.ask(kwargs["prompt"])
        for insight in reply["insights"][:3]:
            if isinstance(insight, str) and insight not in self.insights:
                self.insights.append(insight[:300])
        self.insights = self.insights[-60:]


class InsightMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = InsightLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"insights": await self.layer.retrieve(limit=6)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = ", ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:25])
        await self.layer.update(prompt=f"Actions: {actions}\nFinal reward: {recorder.reward}")
