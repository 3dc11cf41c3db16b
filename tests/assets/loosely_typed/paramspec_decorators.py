from functools import wraps
from typing import Awaitable, Callable, ParamSpec, TypeVar
from typing import Any, Dict, List, Optional

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


P = ParamSpec("P")
R = TypeVar("R")


def retried(times: int) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(function)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            last: Optional[Exception] = None
            for _ in range(times):
                try:
                    return await function(*args, **kwargs)
                except ValueError as error:
                    last = error
            raise last

        return wrapper

    return decorate


class Layer(Sub_memo_layer):
    @retried(2)
    async def retrieve(self, **kwargs: Any) -> List[str]:
        return list(self.database or [])

    @retried(times=2)
    async def update(self, item: str) -> None:
        self.database = (self.database or []) + [item]


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = Layer()

    @retried(3)
    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"rows": (await self.layer.retrieve())[-3:]}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.layer.update(str(recorder.reward))
