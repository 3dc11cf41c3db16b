from typing import Iterator, Tuple
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def pairs(steps: List[Dict[str, Any]]) -> Iterator[Tuple[str, str]]:
    for a, b in zip(steps, steps[1:]):
        yield a.get("action_took"), b.get("action_took")


class Stream(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        for row in list(self.database or []):
            yield row

    async def update(self, **kwargs):
        self.database = (self.database or []) + [kwargs["row"]]


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.stream = Stream()

    def _walk(self, rows):
        total = yield from self._inner(rows)
        return total

    def _inner(self, rows):
        n = 0
        for row in rows:
            n += 1
            yield row
        return n

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        rows = [row async for row in self.stream.retrieve()]
        return {"rows": list(self._walk(rows))[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        for pair in pairs(recorder.steps):
            await self.stream.update(row=list(pair))
        self.stream.database = (self.stream.database or [])[-20:]
