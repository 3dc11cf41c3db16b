# honest: class-level registry filled by decorators, ParamSpec decorator, functools.wraps
import functools
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, ParamSpec, TypeVar

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)


def logged(label: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @functools.wraps(function)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            logger.debug("enter %s", label)
            try:
                return await function(*args, **kwargs)
            finally:
                logger.debug("leave %s", label)

        return wrapper

    return decorate


class Features:
    registry: ClassVar[dict[str, Callable[[str], float]]] = {}

    @classmethod
    def register(cls, name: str) -> Callable[[Callable[[str], float]], Callable[[str], float]]:
        def add(function: Callable[[str], float]) -> Callable[[str], float]:
            if name in cls.registry:
                raise ValueError(f"feature {name!r} registered twice")
            cls.registry[name] = function
            return function

        return add

    @classmethod
    def vector(cls, text: str) -> list[float]:
        return [function(text) for function in cls.registry.values()]


@Features.register("length")
def _length(text: str) -> float:
    return min(1.0, len(text) / 2000)


@Features.register("digits")
def _digits(text: str) -> float:
    return sum(ch.isdigit() for ch in text) / max(1, len(text))


@Features.register("sentences")
def _sentences(text: str) -> float:
    return min(1.0, len(re.split(r"[.!?\n]", text)) / 50)


@Features.register("vocabulary")
def _vocabulary(text: str) -> float:
    words = text.split()
    return len(set(words)) / len(words) if words else 0.0


class FeatureLayer(Sub_memo_layer):
    def __init__(self):
        super().__init__(layer_intro="Nearest episodes in a small hand-made feature space.", database=[])

    @logged("feature retrieve")
    async def retrieve(self, **kwargs):
        point = Features.vector(kwargs["text"])
        distance = lambda row: sum((a - b) ** 2 for a, b in zip(row["point"], point))
        nearest = sorted(self.database, key=distance)[:3]
        return [{"plan": row["plan"], "reward": row["reward"]} for row in nearest]

    @logged("feature update")
    async def update(self, **kwargs):
        self.database.append(
            {"point": Features.vector(kwargs["text"]), "plan": kwargs["plan"], "reward": kwargs["reward"]}
        )
        del self.database[:-200]


class RegistryMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = FeatureLayer()

    def _text(self, recorder: Basic_Recorder) -> str:
        return "\n".join(f"{key}: {str(value)[:3000]}" for key, value in recorder.init.items())

    @logged("general retrieve")
    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return {
            "features": sorted(Features.registry),
            "nearest": await self.layer.retrieve(text=self._text(recorder)),
        }

    async def general_update(self, recorder: Basic_Recorder) -> None:
        plan = [str(step.get("action_took", ""))[:60] for step in recorder.steps[:8]]
        await self.layer.update(text=self._text(recorder), plan=plan, reward=float(recorder.reward))
