# honest: PEP 695 generics, `type` aliases, Self, StrEnum
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Self

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

type Action = str
type Plan = tuple[Action, ...]
type Index[K: Hashable, V] = dict[K, list[V]]


class Verdict(StrEnum):
    WON = auto()
    PARTIAL = auto()
    LOST = auto()

    @classmethod
    def of(cls, reward: float) -> Self:
        return cls("won" if reward >= 1 else "partial" if reward > 0 else "lost")


def group_by[T, K: Hashable](items: Iterable[T], key: Callable[[T], K]) -> Index[K, T]:
    groups: Index[K, T] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


class Bounded[T]:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.items: list[T] = []

    def add(self, item: T) -> Self:
        self.items.append(item)
        if len(self.items) > self.limit:
            self.items = self.items[-self.limit :]
        return self


@dataclass(slots=True, frozen=True, kw_only=True)
class Episode:
    plan: Plan
    verdict: Verdict
    scene: str = field(default="", repr=False)


class EpisodeLayer(Sub_memo_layer):
    def __init__(self) -> None:
        super().__init__(layer_intro="Episodes grouped by verdict")
        self.episodes = Bounded[Episode](150)

    async def retrieve(self, **kwargs: Any) -> dict[str, list[list[str]]]:
        groups = group_by(self.episodes.items, lambda episode: episode.verdict)
        return {
            verdict.value: [list(episode.plan) for episode in groups[verdict][-3:]]
            for verdict in Verdict
            if verdict in groups
        }

    async def update(self, *, episode: Episode, **kwargs: Any) -> None:
        self.episodes.add(episode)


class ModernMemory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.layer = EpisodeLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        return await self.layer.retrieve()

    async def general_update(self, recorder: Basic_Recorder) -> None:
        plan: Plan = tuple(str(step.get("action_took", ""))[:60] for step in recorder.steps[:12])
        scene = str(recorder.init.get("obs", ""))[:400]
        await self.layer.update(episode=Episode(plan=plan, verdict=Verdict.of(recorder.reward), scene=scene))
