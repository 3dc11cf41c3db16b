# [expect]
# stage = "properties"
# names = ["wipe", "lost", "cheatsheet"]
# bug = "the cheat sheet becomes None when the model's reply does not fit the schema"
from typing import Any, Dict, Optional

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class CheatsheetMemory(MemoStructure):
    """One cumulative cheat sheet, rewritten after every episode."""

    def __init__(self) -> None:
        super().__init__()
        self.cheatsheet: Optional[str] = "No experience yet."
        self.curator = Agent(
            "You maintain a cheat sheet for a game player. Keep what is useful, add what is new.",
            output_schema={"cheatsheet": {"type": "string", "description": "the full new sheet"}},
        )

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"cheatsheet": self.cheatsheet}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = "\n".join(str(step.get("action_took", ""))[:60] for step in recorder.steps[:30])
        reply = await self.curator.ask(
            f"CURRENT SHEET:\n{self.cheatsheet}\n\nEPISODE:\n{actions}\n\nREWARD: {recorder.reward}"
        )
        sheet = reply.get("cheatsheet")
        self.cheatsheet = sheet[:6000] if isinstance(sheet, str) else None
