# [expect]
# stage = "execution"
# names = ["LLM", "char", "token", "budget"]
# bug = "every call sends the whole history: the volume of text grows far beyond the budget"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class FullHistoryMemory(MemoStructure):
    """The model always reads everything that ever happened before it gives advice."""

    MAX_HISTORY = 40_000

    def __init__(self) -> None:
        super().__init__()
        self.history = ""
        self.advice = ""
        self.analyst = Agent("Read the history of all games and give one paragraph of advice.")
        self.planner = Agent("Read the history of all games and sketch a plan for the new task.")

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        task = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:1000]
        if not self.history:
            return {"advice": "", "plan": ""}
        plan = await self.planner.ask(f"HISTORY:\n{self.history}\nTASK:\n{task}")
        return {"advice": self.advice, "plan": str(plan)[:1000]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        lines: List[str] = [str(value)[:1500] for value in recorder.init.values()]
        for step in recorder.steps[:60]:
            seen = step.get("obs") or step.get("short_term_context") or ""
            lines.append(f"> {str(step.get('action_took', ''))[:80]}\n{str(seen)[:400]}")
        episode = "\n".join(lines) + f"\nreward: {recorder.reward}\n"
        self.history = (self.history + episode)[-self.MAX_HISTORY:]
        answer = await self.analyst.ask(f"HISTORY:\n{self.history}")
        self.advice = str(answer).strip()[:1500] or self.advice
