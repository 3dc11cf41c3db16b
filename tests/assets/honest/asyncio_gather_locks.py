# honest: asyncio.gather over layers, Lock per layer, Semaphore around embedding calls
import asyncio
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class VectorLayer(Sub_memo_layer):
    """One vector per episode; cosine search with the helper of the embedding class."""

    def __init__(self, field_names: tuple[str, ...], gate: asyncio.Semaphore):
        super().__init__(layer_intro=f"Vector search over {', '.join(field_names)}")
        self.field_names = field_names
        self.embedder = Embedding()
        self.gate = gate
        self.lock = asyncio.Lock()
        self.vectors: list[list[float]] = []
        self.payloads: list[dict[str, Any]] = []

    def _text(self, init: dict[str, Any]) -> str:
        joined = " | ".join(str(init[name])[:1500] for name in self.field_names if init.get(name))
        return joined or "(empty)"

    async def retrieve(self, **kwargs):
        async with self.gate:
            query = await self.embedder.get_embedding(self._text(kwargs["init"]))
        async with self.lock:
            vectors, payloads = list(self.vectors), list(self.payloads)
        if not vectors:
            return []
        similarities = await Embedding.compute_one_to_group_similarity(query, vectors)
        ranked = sorted(range(len(payloads)), key=lambda i: (-similarities[i], i))
        return [{**payloads[i], "similarity": round(float(similarities[i]), 4)} for i in ranked[:3]]

    async def update(self, **kwargs):
        async with self.gate:
            vector = await self.embedder.get_embedding(self._text(kwargs["init"]))
        async with self.lock:
            self.vectors.append(vector)
            self.payloads.append(kwargs["payload"])
            if len(self.vectors) > 100:
                self.vectors.pop(0)
                self.payloads.pop(0)


class ConcurrentMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        gate = asyncio.Semaphore(4)
        self.layers = {
            "by_goal": VectorLayer(("goal",), gate),
            "by_scene": VectorLayer(("obs", "long_term_context"), gate),
        }

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict:
        results = await asyncio.gather(*(layer.retrieve(init=recorder.init) for layer in self.layers.values()))
        return dict(zip(self.layers, results))

    async def general_update(self, recorder: Basic_Recorder) -> None:
        payload = {
            "actions": [str(step.get("action_took", ""))[:60] for step in recorder.steps[:10]],
            "reward": float(recorder.reward),
        }
        await asyncio.gather(
            *(layer.update(init=recorder.init, payload=payload) for layer in self.layers.values())
        )
