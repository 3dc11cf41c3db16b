# [expect]
# stage = "execution"
# names = ["LLM", "calls", "budget"]
# bug = "every retrieve asks the model once per stored episode"
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent


class RerankLayer(Sub_memo_layer):
    """Episodes ranked by how relevant the model finds each of them."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Episodes ranked by a model.")
        self.episodes: List[Dict[str, Any]] = []
        self.ranker = Agent("How relevant is the episode for the task?", {"relevance": {"type": "number"}})

    async def _relevance(self, task: str, episode: Dict[str, Any]) -> float:
        reply = await self.ranker.ask(f"Task: {task}\nEpisode: {'; '.join(episode['actions'])}")
        value = reply.get("relevance")
        return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else 0.0

    async def retrieve(self, **kwargs) -> List[Dict[str, Any]]:
        scored = [(await self._relevance(kwargs["task"], episode), episode) for episode in self.episodes]
        scored.sort(key=lambda pair: -pair[0])
        return [dict(episode) for _, episode in scored[:3]]

    async def update(self, **kwargs) -> None:
        self.episodes = (self.episodes + [kwargs["episode"]])[-40:]


class RerankMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = RerankLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        task = str(recorder.init.get("goal") or recorder.init.get("obs") or "")[:500]
        return {"relevant": await self.layer.retrieve(task=task)}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:10]]
        await self.layer.update(episode={"actions": actions, "reward": float(recorder.reward)})
