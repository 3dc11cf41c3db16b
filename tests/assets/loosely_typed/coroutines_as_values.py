import asyncio
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Layer(Sub_memo_layer):
    async def retrieve(self, **kwargs):
        return kwargs

    async def update(self, **kwargs):
        self.database = kwargs


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layers = {"a": Layer(), "b": Layer()}
        self._pending = None

    async def _maybe(self, function, *args):
        result = function(*args)
        if asyncio.iscoroutine(result):
            result = await result
        return result

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        jobs = {name: layer.retrieve(q=name) for name, layer in self.layers.items()}
        results = dict(zip(jobs, await asyncio.gather(*jobs.values())))
        tasks = [asyncio.create_task(layer.retrieve()) for layer in self.layers.values()]
        done, pending = await asyncio.wait(tasks)
        coro = self.layers["a"].retrieve()
        first = await coro
        second = await asyncio.wait_for(self.layers["b"].retrieve(), timeout=1.0)
        job = self.layers["b"].retrieve()
        (third,) = await asyncio.gather(job)
        self._pending = self.layers["a"].retrieve()
        fourth = await self._pending
        value = self.layers["a"].retrieve(x=1)
        value = await value
        todo = []
        todo.append(self.layers["a"].retrieve())
        rest = await asyncio.gather(*todo, return_exceptions=True)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.layers["a"].retrieve())
        return {
            "r": results,
            "n": len(done),
            "first": first,
            "all": [second, third, fourth, value, rest, task.result()],
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self._maybe(self.layers["a"].update)
        update = self.layers["b"].update(r=recorder.reward)
        await update
