# honest: Agent with output_schema, answers validated field by field, merge never wipes
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

INSIGHT_SCHEMA = {
    "insights": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Short generally valid insights",
    },
    "confidence": {"type": "number", "description": "0 to 1"},
}


class InsightLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__(layer_intro="Insights written by a language model, with votes")
        self.agent = Agent(
            system_prompt=(
                "You distil reusable insights from a transcript of an agent in a text environment. "
                "Answer in JSON. Never copy names that only exist in one task."
            ),
            output_schema=INSIGHT_SCHEMA,
            model="gpt-4.1",
        )
        self.votes: dict[str, float] = {}

    async def retrieve(self, **kwargs: Any) -> list[str]:
        return sorted(self.votes, key=lambda text: (-self.votes[text], text))[:8]

    async def update(self, **kwargs: Any) -> None:
        reply = await self.agent.ask(kwargs["transcript"], temperature=0.0)
        if not isinstance(reply, dict) or "error" in reply:
            return
        insights = reply.get("insights")
        confidence = reply.get("confidence", 0.5)
        if not isinstance(insights, list) or not isinstance(confidence, (int, float)):
            return
        for text in insights[:5]:
            if isinstance(text, str) and text.strip():
                key = " ".join(text.split())[:300]
                self.votes[key] = self.votes.get(key, 0.0) + float(confidence)
        if len(self.votes) > 100:
            keep = sorted(self.votes, key=lambda text: (-self.votes[text], text))[:80]
            self.votes = {text: self.votes[text] for text in keep}


class SchemaMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.insights = InsightLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"insights": await self.insights.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        lines = [f"REWARD: {recorder.reward}"]
        lines += [f"{key.upper()}: {str(value)[:500]}" for key, value in recorder.init.items()]
        for number, step in enumerate(recorder.steps[-15:]):
            lines.append(f"[{number}] {str(step.get('action_took'))[:80]} -> {str(step.get('obs', ''))[:200]}")
        await self.insights.update(transcript="\n".join(lines))
