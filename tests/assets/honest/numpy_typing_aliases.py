# honest: aliases of numpy.typing.NDArray, a seeded Generator, dataclass with eq=False
from __future__ import annotations
import numpy as np
import numpy.typing as npt
from numpy.linalg import norm
from dataclasses import dataclass, field
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer
from utils.hire_agent import Embedding

FloatArray = npt.NDArray[np.float64]


@dataclass(eq=False)
class Prototype:
    center: FloatArray
    weight: float = 1.0
    actions: dict[str, list[float]] = field(default_factory=dict)

    def absorb(self, vector: FloatArray, reward: float, actions: list[str]) -> None:
        self.weight += 1.0
        self.center += (vector - self.center) / self.weight
        for action in dict.fromkeys(actions):
            entry = self.actions.setdefault(action, [0.0, 0.0])
            entry[0] += 1.0
            entry[1] += reward
        if len(self.actions) > 100:
            keep = sorted(self.actions.items(), key=lambda kv: (-kv[1][1], -kv[1][0], kv[0]))[:60]
            self.actions = dict(keep)


class OnlineKMeans(Sub_memo_layer):
    """Online k-means over embeddings of tasks, seeded."""

    def __init__(self, k: int = 12, seed: int = 0) -> None:
        super().__init__(layer_intro="prototypes of tasks")
        self.k = k
        self.rng = np.random.default_rng(seed)
        self.prototypes: list[Prototype] = []

    def distances(self, vector: FloatArray) -> FloatArray:
        centers = np.vstack([p.center for p in self.prototypes])
        return 1.0 - (centers @ vector) / (norm(centers, axis=1) * norm(vector) + 1e-12)

    async def update(self, **kwargs: Any) -> None:
        vector, reward, actions = kwargs["vector"], kwargs["reward"], kwargs["actions"]
        if self.prototypes and self.prototypes[0].center.shape != vector.shape:
            return
        if not self.prototypes:
            self.prototypes.append(Prototype(center=vector.copy()))
        d = self.distances(vector)
        best = int(np.argmin(d))
        if d[best] > 0.25 and len(self.prototypes) < self.k:
            jitter = self.rng.normal(scale=1e-6, size=vector.shape)
            self.prototypes.append(Prototype(center=vector + jitter))
            best = len(self.prototypes) - 1
        self.prototypes[best].absorb(vector, reward, actions)

    async def retrieve(self, **kwargs: Any) -> dict[str, Any]:
        vector = kwargs["vector"]
        if not self.prototypes or self.prototypes[0].center.shape != vector.shape:
            return {}
        d = self.distances(vector)
        p = self.prototypes[int(d.argmin())]
        if d.min() > 0.6:
            return {}
        names = sorted(p.actions)
        if not names:
            return {}
        stats = np.array([p.actions[n] for n in names])
        value = (stats[:, 1] + 0.1) / (stats[:, 0] + 1.0)
        order = np.lexsort((np.arange(len(names)), -value))[:5]
        return {
            "tasks_like_this": float(np.round(p.weight, 2)),
            "actions": [{"action": names[i], "value": round(value[i].item(), 3)} for i in order if value[i] > 0.2],
        }


class KMeansMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = Embedding()
        self.layer = OnlineKMeans()

    async def vector(self, init: dict[str, Any]) -> FloatArray | None:
        text = "\n".join(f"{k}: {str(v)[:1500]}" for k, v in sorted(init.items()) if isinstance(v, str))
        try:
            v = np.asarray(await self.embedding.get_embedding(text or "nothing"), dtype=np.float64)
        except Exception:
            return None
        if v.ndim != 1 or not v.size or not np.isfinite(v).all() or norm(v) == 0:
            return None
        return v / norm(v)

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        v = await self.vector(recorder.init)
        if v is None:
            return {}
        found = await self.layer.retrieve(vector=v)
        return found if found.get("actions") else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        v = await self.vector(recorder.init)
        if v is None:
            return
        actions = [
            (a if isinstance(a, str) else " ".join(map(str, a)))[:80]
            for a in (s.get("action_took") or "" for s in recorder.steps)
        ]
        await self.layer.update(vector=v, reward=float(recorder.reward), actions=[a for a in actions if a])
