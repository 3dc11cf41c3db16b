from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

import numpy as np
import numpy.linalg as la
import numpy.typing as npt


class Vectors(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.matrix: Optional[np.ndarray] = None
        self.weights: npt.NDArray[np.float64] = np.ones(4, dtype=np.float64)
        self.rng = np.random.default_rng(0)

    def _vec(self, text: str) -> "np.ndarray":
        v = np.zeros(4)
        for i, ch in enumerate(text[:100]):
            v[i % 4] += ord(ch) / 255.0
        return v / (np.linalg.norm(v) + 1e-9)

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        q = self._vec(str(recorder.init))
        if self.matrix is None:
            return {"scores": []}
        sims = self.matrix @ (q * self.weights)
        order = np.argsort(-sims)[:3]
        top: List[float] = [round(float(sims[i]), 4) for i in order]
        u, s, vt = la.svd(self.matrix[:5], full_matrices=False)
        return {"scores": top, "mean": float(sims.mean()), "rank": int((s > 1e-6).sum())}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        v = self._vec(str(recorder.init))
        self.matrix = v[None, :] if self.matrix is None else np.vstack([self.matrix, v])[-50:]
        self.weights = 0.9 * self.weights + 0.1 * np.abs(v)
