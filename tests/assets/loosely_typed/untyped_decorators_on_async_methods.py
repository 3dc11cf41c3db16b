import functools
from typing import Callable
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


def timed(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)

    return wrapper


def guarded(default):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(self, *args, **kwargs):
            try:
                return await function(self, *args, **kwargs)
            except (KeyError, ValueError):
                return default() if callable(default) else default

        return wrapper

    return decorate


def logged(fn: Callable) -> Callable:
    def inner(*a, **k):
        return fn(*a, **k)

    inner.label = fn.__name__
    return inner


class Layer(Sub_memo_layer):
    @timed
    async def retrieve(self, **kwargs):
        return [kwargs.get("q")]

    @guarded(None)
    async def update(self, **kwargs) -> None:
        self.database = kwargs["item"]


class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.layer = Layer()

    @logged
    def _shape(self, rows):
        return {"rows": rows}

    @guarded(dict)
    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return self._shape(await self.layer.retrieve(q=recorder.init["obs"]))

    @timed
    async def general_update(self, recorder):
        await self.layer.update(item=len(recorder.steps))
