# [expect]
# stage = "properties"
# names = ["JSONDecodeError"]
# bug = "parses the model's free text with json.loads and no guard"
import json
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class JsonRuleMemory(MemoStructure):
    """Rules that the model is asked to write as JSON."""

    PROMPT = 'Answer only with JSON of the form {"rule": "...", "confidence": 0.0}.'

    def __init__(self) -> None:
        super().__init__()
        self.rules: List[Dict[str, Any]] = []
        self.author = Agent(self.PROMPT, model="gpt-4o-mini")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked = sorted(self.rules, key=lambda rule: (-rule["confidence"], rule["rule"]))
        return {"rules": [rule["rule"] for rule in ranked[:6]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = ", ".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:25])
        text = await self.author.ask(f"Episode: {actions}. Reward: {recorder.reward}")
        parsed = json.loads(text.strip().removeprefix("```json").removesuffix("```"))
        if isinstance(parsed, dict) and isinstance(parsed.get("rule"), str):
            confidence = parsed.get("confidence", 0.5)
            confidence = float(confidence) if isinstance(confidence, (int, float)) else 0.5
            self.rules = (self.rules + [{"rule": parsed["rule"][:300], "confidence": confidence}])[-60:]
