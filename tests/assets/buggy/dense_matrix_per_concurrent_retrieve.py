# [expect]
# stage = "execution"
# names = ["oom", "MB", "MiB", "max_memory"]
# bug = "each retrieve holds a dense feature matrix across an await: ten at once exhaust the memory"
import zlib
from collections import Counter
from typing import Any, Dict, List

import numpy as np

from agents.memo_structure import MemoStructure
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Embedding


class DenseRanking(MemoStructure):
    """Hashed bigrams smoothed into a dense matrix, combined with an embedding."""

    BUCKETS = 1 << 17

    def __init__(self) -> None:
        super().__init__()
        self.embedder = Embedding()
        self.features: List[Dict[int, int]] = []
        self.vectors: List[List[float]] = []
        self.plans: List[Dict[str, Any]] = []

    def _text(self, recorder: Basic_Recorder) -> str:
        return " ".join(str(value)[:1500] for value in recorder.init.values()) or "(empty)"

    def _features(self, text: str) -> Dict[int, int]:
        words = text.lower().split()[:400]
        pairs = (" ".join(pair) for pair in zip(words, words[1:]))
        return dict(Counter(zlib.crc32(pair.encode("utf-8", "replace")) % self.BUCKETS for pair in pairs))

    def _dense(self, rows: List[Dict[int, int]]) -> np.ndarray:
        matrix = np.full((len(rows), self.BUCKETS), 0.01)
        for index, row in enumerate(rows):
            for bucket, count in row.items():
                matrix[index, bucket] += count
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        return matrix

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        if not self.features:
            return {"plans": []}
        text = self._text(recorder)
        matrix = self._dense(self.features + [self._features(text)])
        query = await self.embedder.get_embedding(text)
        semantic = await Embedding.compute_one_to_group_similarity(query, self.vectors)
        lexical = matrix[:-1] @ matrix[-1]
        total = [round(float(a) + float(b), 6) for a, b in zip(lexical, semantic)]
        best = sorted(range(len(total)), key=lambda i: (-total[i], i))[:3]
        return {"plans": [dict(self.plans[i]) for i in best]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        text = self._text(recorder)
        vector = await self.embedder.get_embedding(text)
        actions = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:15]]
        self.features = (self.features + [self._features(text)])[-100:]
        self.vectors = (self.vectors + [vector])[-100:]
        self.plans = (self.plans + [{"actions": actions, "reward": float(recorder.reward)}])[-100:]
