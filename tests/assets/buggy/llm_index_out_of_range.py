# [expect]
# stage = "properties"
# names = ["IndexError"]
# bug = "trusts the list positions that the model chooses"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class SelectedByModel(MemoStructure):
    """The model picks which stored episode fits the new task."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: List[Dict[str, Any]] = []
        self.selector = Agent(
            "Pick the number of the episode that helps most with the task.",
            {"number": {"type": "integer"}},
        )

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.episodes:
            return {"episode": None}
        task = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:500]
        menu = "\n".join(f"{i}: {'; '.join(e['actions'][:5])}" for i, e in enumerate(self.episodes))
        reply = await self.selector.ask(f"Task: {task}\nEpisodes:\n{menu}")
        number = reply.get("number", 0)
        if not isinstance(number, int):
            number = 0
        return {"episode": dict(self.episodes[number])}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.episodes = (self.episodes + [{"actions": actions, "reward": float(recorder.reward)}])[-15:]
