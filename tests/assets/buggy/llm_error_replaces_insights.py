# [expect]
# stage = "properties"
# names = ["insights", "wipe", "lost"]
# bug = "the text of a failed reply is stored as the insight in place of the old ones"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class ConsolidatedInsights(MemoStructure):
    """The model merges the old insights with the new episode into a short list."""

    def __init__(self) -> None:
        super().__init__()
        self.insights: List[str] = []
        self.merger = Agent(
            "Merge the insights with what the episode shows. Return at most eight.",
            {"insights": {"type": "array", "items": {"type": "string"}}},
        )

    def _prompt(self, recorder: Basic_Recorder) -> str:
        old = "\n".join(f"- {insight}" for insight in self.insights) or "(none)"
        actions = ", ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:25])
        return f"Old insights:\n{old}\nEpisode: {actions}\nReward: {recorder.reward}"

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"insights": list(self.insights)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        reply = await self.merger.ask(self._prompt(recorder))
        merged = reply.get("insights") or [reply.get("error") or "no insight"]
        self.insights = [str(insight)[:300] for insight in list(merged)[:8]]
