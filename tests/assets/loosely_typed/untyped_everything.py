from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def tokens(text, lower=True, stop=()):
    words = text.split() if text else []
    return [w.lower() if lower else w for w in words if w not in stop]


class Bag(Sub_memo_layer):
    def __init__(self):
        super().__init__()
        self.layer_intro = "bag of words"
        self.database = {}

    async def retrieve(self, text, k=3):
        scored = []
        for key in self.database:
            overlap = len(set(tokens(text)) & set(self.database[key]["words"]))
            scored.append((overlap, key))
        scored.sort(reverse=True)
        return [key for _, key in scored[:k]]

    async def update(self, key, text):
        self.database[key] = {"words": tokens(text, stop=["the"])}


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.bag = Bag()
        self.n = 0

    def _text(self, data):
        return " ".join(str(v) for v in data.values())

    async def general_retrieve(self, recorder):
        keys = await self.bag.retrieve(self._text(recorder.init))
        return {"keys": keys, "n": self.n}

    async def general_update(self, recorder):
        self.n += 1
        await self.bag.update("ep%d" % (self.n % 50), self._text(recorder.init))
