# honest: scipy.sparse tf-idf matrix, rebuilt on demand, floats converted for JSON
import math
import re
from collections import Counter

import numpy as np
from scipy import sparse

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

WORD = re.compile(r"\w{2,24}", re.UNICODE)


class TfidfLayer(Sub_memo_layer):
    def __init__(self, capacity=100):
        super().__init__(layer_intro="tf-idf over the texts seen before an episode")
        self.capacity = capacity
        self.counts: list[Counter] = []
        self.payload: list[dict] = []
        self._cache = None

    def _build(self):
        if self._cache is None:
            vocabulary: dict[str, int] = {}
            rows, cols, data = [], [], []
            for row, counts in enumerate(self.counts):
                for word, n in counts.items():
                    rows.append(row)
                    cols.append(vocabulary.setdefault(word, len(vocabulary)))
                    data.append(1.0 + math.log(n))
            shape = (len(self.counts), max(1, len(vocabulary)))
            matrix = sparse.csr_matrix((data, (rows, cols)), shape=shape, dtype=float)
            document_frequency = np.asarray((matrix > 0).sum(axis=0)).ravel()
            idf = np.log((1 + shape[0]) / (1 + document_frequency)) + 1.0
            matrix = matrix @ sparse.diags(idf)
            norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
            norms[norms == 0] = 1.0
            self._cache = vocabulary, idf, sparse.diags(1.0 / norms) @ matrix
        return self._cache

    async def retrieve(self, **kwargs):
        if not self.counts:
            return []
        vocabulary, idf, matrix = self._build()
        query = np.zeros(matrix.shape[1])
        for word, n in Counter(WORD.findall(kwargs["text"].lower())).items():
            if word in vocabulary:
                query[vocabulary[word]] = (1.0 + math.log(n)) * idf[vocabulary[word]]
        scores = np.round(matrix @ query, 9)
        best = np.argsort(-scores, kind="stable")[:3]
        return [dict(self.payload[i], score=round(float(scores[i]), 4)) for i in best.tolist() if scores[i] > 0]

    async def update(self, **kwargs):
        self.counts.append(Counter(WORD.findall(kwargs["text"].lower())[:400]))
        self.payload.append(kwargs["payload"])
        if len(self.counts) > self.capacity:
            self.counts, self.payload = self.counts[1:], self.payload[1:]
        self._cache = None


class SparseMemory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = TfidfLayer()

    def _text(self, init):
        return "\n".join(str(v)[:5000] for v in init.values())

    async def general_retrieve(self, recorder: Basic_Recorder):
        return {"similar_episodes": await self.layer.retrieve(text=self._text(recorder.init))}

    async def general_update(self, recorder: Basic_Recorder):
        payload = {
            "reward": float(recorder.reward),
            "transcript": [str(s.get("action_took", ""))[:60] for s in recorder.steps[-12:]],
        }
        await self.layer.update(text=self._text(recorder.init), payload=payload)
