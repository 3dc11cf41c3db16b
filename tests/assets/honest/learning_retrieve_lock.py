# honest: a retrieve that reinforces what it returns, guarded by an asyncio.Lock across awaits
import asyncio
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class ReinforcingLayer(Sub_memo_layer):
    """Items that are asked for often become easier to find, like spaced repetition."""

    def __init__(self):
        super().__init__(layer_intro="Reinforced memories")
        self.lock = asyncio.Lock()
        self.embedding = Embedding()
        self.items: list[dict[str, Any]] = []

    async def retrieve(self, **kwargs):
        async with self.lock:
            if not self.items:
                return []
            query = await self.embedding.get_embedding(kwargs["text"])
            vectors = [item["vector"] for item in self.items]
            close = await Embedding.compute_one_to_group_similarity(query, vectors)
            order = sorted(
                range(len(self.items)),
                key=lambda i: (-round(close[i] + 0.01 * min(self.items[i]["asked"], 10), 6), i),
            )[:3]
            for i in order:
                self.items[i]["asked"] += 1
            return [{"plan": self.items[i]["plan"], "reward": self.items[i]["reward"]} for i in order]

    async def update(self, **kwargs):
        vector = await self.embedding.get_embedding(kwargs["text"])
        async with self.lock:
            self.items.append(
                {"vector": vector, "plan": kwargs["plan"], "reward": kwargs["reward"], "asked": 0}
            )
            if len(self.items) > 90:
                weakest = min(range(45), key=lambda i: (self.items[i]["asked"], i))
                self.items.pop(weakest)


class ReinforcedMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = ReinforcingLayer()

    @staticmethod
    def text(recorder: Basic_Recorder) -> str:
        joined = " ".join(str(recorder.init.get(k, ""))[:1000] for k in ("goal", "obs", "short_term_context"))
        return joined.strip() or "empty"

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"reinforced": await self.layer.retrieve(text=self.text(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        plan = [str(s.get("action_took", ""))[:60] for s in recorder.steps[:10]]
        await self.layer.update(text=self.text(recorder), plan=plan, reward=float(recorder.reward))
