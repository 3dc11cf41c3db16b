from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Bounded:
    limit = 5

    def _trim(self):
        self.database = self.database[-self.limit :]

    def describe(self):
        return f"{self.layer_intro} ({len(self.database)}/{self.limit})"


class Ranked:
    def _ranked(self) -> List[Any]:
        return sorted(self.database, key=self.key)


class Scores(Bounded, Ranked, Sub_memo_layer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.database = []

    def key(self, row):
        return -row

    async def retrieve(self, **kwargs):
        return {"top": self._ranked(), "about": self.describe()}

    async def update(self, **kwargs):
        self.database.append(kwargs["score"])
        self._trim()


class Base(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        return []

    async def update(self, **kwargs):
        return None

    def summary(self):
        return {"n": 0}


class Child(Base):
    async def retrieve(self, query: str, k: int = 2):
        return [query] * k

    def summary(self):
        return []


class Both(Child, Bounded):
    pass


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layers = {"scores": Scores("scores"), "child": Child(), "both": Both()}

    async def general_retrieve(self, recorder):
        return {
            "scores": await self.layers["scores"].retrieve(),
            "child": await self.layers["child"].retrieve(query="x"),
        }

    async def general_update(self, recorder):
        await self.layers["scores"].update(score=recorder.reward)
