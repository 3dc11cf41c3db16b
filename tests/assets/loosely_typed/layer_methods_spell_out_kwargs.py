from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class A(Sub_memo_layer):
    async def retrieve(self, query):
        return [query]

    async def update(self, recorder: Basic_Recorder):
        self.database = recorder.reward


class B(Sub_memo_layer):
    async def retrieve(self, query: str, top_k: int = 3, *, strict: bool = False) -> List[str]:
        return [query] * top_k

    async def update(self, item: Dict[str, Any], reward: float) -> bool:
        self.database = item
        return True


class C(Sub_memo_layer):
    async def retrieve(self):
        return self.database

    async def update(self, *items):
        self.database = list(items)


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = A(), B("b", None), C(layer_intro="c")

    async def general_retrieve(self, rec):
        first = await self.a.retrieve("q")
        second = await self.b.retrieve(query="q", top_k=2)
        return {"first": first, "second": second, "third": await self.c.retrieve()}

    async def general_update(self, rec):
        await self.a.update(rec)
        await self.b.update({"x": 1}, rec.reward)
        await self.c.update(1, 2)
