# honest: numpy hashing vectors, cosine by matrix product, default_rng(0) projection, no numpy scalar in the output
import zlib
from typing import Any

import numpy as np

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class HashingVectorizer:
    def __init__(self, dimension: int = 256, projected: int = 32) -> None:
        rng = np.random.default_rng(0)
        self.dimension = dimension
        self.projection = rng.standard_normal((dimension, projected)) / np.sqrt(projected)

    def __call__(self, text: str) -> np.ndarray:
        counts = np.zeros(self.dimension, dtype=np.float64)
        for word in text.lower().split()[:500]:
            counts[zlib.crc32(word.encode("utf-8", "replace")) % self.dimension] += 1.0
        vector = np.log1p(counts) @ self.projection
        norm = np.linalg.norm(vector)
        return vector / norm if norm > 0 else vector


class MatrixLayer(Sub_memo_layer):
    def __init__(self, capacity: int = 128) -> None:
        super().__init__(layer_intro="Ring buffer of unit vectors")
        self.vectorize = HashingVectorizer()
        self.matrix = np.zeros((capacity, 32))
        self.rows: list[dict[str, Any]] = []
        self.next = 0

    async def retrieve(self, **kwargs):
        if not self.rows:
            return []
        similarity = self.matrix[: len(self.rows)] @ self.vectorize(kwargs["text"])
        order = np.argsort(-np.round(similarity, 9), kind="stable")[:4]
        return [
            {**self.rows[int(i)], "similarity": round(float(similarity[i]), 4)} for i in order if similarity[i] > 0
        ]

    async def update(self, **kwargs):
        slot = self.next % self.matrix.shape[0]
        self.matrix[slot] = self.vectorize(kwargs["text"])
        if slot < len(self.rows):
            self.rows[slot] = kwargs["row"]
        else:
            self.rows.append(kwargs["row"])
        self.next += 1


class NumpyMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = MatrixLayer()

    @staticmethod
    def _text(recorder: Basic_Recorder) -> str:
        return " ".join(str(value)[:4000] for value in recorder.init.values())

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {"neighbours": await self.layer.retrieve(text=self._text(recorder))}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        scores = np.array([float(s.get("scores") or 0.0) for s in recorder.steps] or [0.0])
        row = {
            "actions": [str(s.get("action_took", ""))[:60] for s in recorder.steps[:10]],
            "reward": float(recorder.reward),
            "best_score": float(np.nanmax(scores)),
            "best_step": int(scores.argmax()),
        }
        await self.layer.update(text=self._text(recorder), row=row)
