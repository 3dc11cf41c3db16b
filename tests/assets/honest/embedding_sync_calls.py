# honest: the synchronous side of Embedding (embed_query, embed_documents, __call__), own cosine
import math
from typing import List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


def cosine(a: List[float], b: List[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b))
    na = math.sqrt(math.fsum(x * x for x in a))
    nb = math.sqrt(math.fsum(y * y for y in b))
    return dot / (na * nb) if na > 0 and nb > 0 else 0.0


class SyncEmbeddingLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__()
        self.layer_intro = "Stores one vector per distinct action"
        self.model = Embedding(model="text-embedding-3-small")
        self.vectors = {}
        self.value = {}

    async def retrieve(self, **kwargs):
        query = self.model.embed_query(kwargs["query"])
        scored = [(cosine(query, v), name) for name, v in self.vectors.items()]
        scored.sort(key=lambda pair: (-round(pair[0], 9), pair[1]))
        return [{"action": n, "relevance": round(s, 4), "value": round(self.value[n], 3)} for s, n in scored[:5]]

    async def update(self, **kwargs):
        names = list(dict.fromkeys(kwargs["actions"]))
        missing = [n for n in names if n not in self.vectors]
        if len(missing) == 1:
            (vector,) = self.model(missing)
            self.vectors[missing[0]] = vector
        elif missing:
            self.vectors.update(zip(missing, self.model.embed_documents(missing)))
        for n in names:
            self.value[n] = 0.8 * self.value.get(n, 0.0) + 0.2 * kwargs["reward"]
        for n in list(self.vectors)[:-150]:
            del self.vectors[n], self.value[n]


class SyncEmbeddingMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = SyncEmbeddingLayer()

    async def general_retrieve(self, recorder: Basic_Recorder):
        query = str(recorder.init.get("goal") or recorder.init.get("obs") or "nothing")[:2000]
        return {"relevant_actions": await self.layer.retrieve(query=query)}

    async def general_update(self, recorder: Basic_Recorder):
        actions = [str(s.get("action_took", ""))[:60] or "(empty)" for s in recorder.steps[:30]]
        if actions:
            await self.layer.update(actions=actions, reward=float(recorder.reward))
