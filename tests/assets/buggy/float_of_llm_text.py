# [expect]
# stage = "properties"
# names = ["ValueError", "float"]
# bug = "converts the model's free text to a float without a guard"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class ImportanceMemory(MemoStructure):
    """The model rates how important an episode is; the important ones are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: List[Dict[str, Any]] = []
        self.judge = Agent("Rate how instructive this episode is from 0 to 10. Answer with the number only.")

    async def _importance(self, actions: List[str], reward: float) -> float:
        answer = await self.judge.ask(f"Actions: {'; '.join(actions)}\nReward: {reward}")
        return min(10.0, max(0.0, float(answer.strip())))

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        ranked = sorted(self.episodes, key=lambda episode: -episode["importance"])
        return {"instructive_episodes": [dict(episode) for episode in ranked[:3]]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:20]]
        importance = await self._importance(actions, float(recorder.reward))
        self.episodes.append({"actions": actions, "reward": float(recorder.reward), "importance": importance})
        self.episodes = sorted(self.episodes, key=lambda episode: -episode["importance"])[:40]
