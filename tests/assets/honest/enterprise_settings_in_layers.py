"""
Production-style memory: configuration, metrics, events, repositories, strategy pattern.
"""
from __future__ import annotations

import abc
import asyncio
import collections
import contextlib
import dataclasses
import datetime as dt
import enum
import functools
import itertools
import json
import logging
import math
import re
import typing as t
import uuid

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder
from utils.hire_agent import Agent

logger = logging.getLogger(__name__)

T = t.TypeVar("T")
T_co = t.TypeVar("T_co", covariant=True)
EntityId = t.NewType("EntityId", str)


class MemoryError_(Exception):
    """Base class of what goes wrong in here."""

    def __init__(self, message: str, *, context: t.Optional[t.Mapping[str, t.Any]] = None) -> None:
        super().__init__(message)
        self.context = dict(context or {})

    def __str__(self) -> str:
        return f"{super().__str__()} {json.dumps(self.context, default=str)}" if self.context else super().__str__()


class NotFound(MemoryError_):
    pass


class Level(enum.IntFlag):
    SAW = enum.auto()
    DID = enum.auto()
    GAINED = enum.auto()
    ALL = SAW | DID | GAINED


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    capacity: int = 150
    shown: int = 4
    min_confidence: float = 0.2
    decay: float = 0.98

    def __post_init__(self) -> None:
        if not 0 < self.decay <= 1:
            raise ValueError(f"{self.decay=} is not in (0, 1]")


@dataclasses.dataclass
class Entity:
    id: EntityId
    text: str
    level: Level = Level.DID
    confidence: float = 0.0
    created: dt.datetime = dataclasses.field(default_factory=lambda: dt.datetime.now(tz=dt.timezone.utc))
    metadata: t.Dict[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)


class Repository(abc.ABC, t.Generic[T]):
    @abc.abstractmethod
    def get(self, key: EntityId) -> T: ...

    @abc.abstractmethod
    def put(self, item: T) -> None: ...

    @abc.abstractmethod
    def all(self) -> t.Iterator[T]: ...


class InMemoryRepository(Repository[Entity]):
    def __init__(self, capacity: int) -> None:
        self._items: "collections.OrderedDict[EntityId, Entity]" = collections.OrderedDict()
        self._capacity = capacity

    def get(self, key: EntityId) -> Entity:
        try:
            return self._items[key]
        except KeyError:
            raise NotFound("no such entity", context={"key": key}) from None

    def put(self, item: Entity) -> None:
        self._items[item.id] = item
        self._items.move_to_end(item.id)
        if len(self._items) > self._capacity:
            weakest = min(self._items.values(), key=lambda e: (e.confidence, e.text))
            del self._items[weakest.id]

    def all(self) -> t.Iterator[Entity]:
        yield from self._items.values()


class Ranking(t.Protocol):
    def __call__(self, entity: Entity, query: t.FrozenSet[str]) -> float: ...


def lexical(entity: Entity, query: t.FrozenSet[str]) -> float:
    mine = frozenset(entity.text.split())
    return len(mine & query) / math.sqrt(len(mine) or 1)


def trusted(entity: Entity, query: t.FrozenSet[str]) -> float:
    return entity.confidence


class Metrics:
    def __init__(self) -> None:
        self.counters: t.Counter[str] = collections.Counter()

    @contextlib.contextmanager
    def span(self, name: str) -> t.Iterator[None]:
        self.counters[f"{name}.calls"] += 1
        try:
            yield
        except MemoryError_:
            self.counters[f"{name}.errors"] += 1
            raise


class EntityLayer(Sub_memo_layer):
    def __init__(self, settings: Settings, metrics: Metrics, rankings: t.Sequence[t.Tuple[float, Ranking]]) -> None:
        super().__init__(layer_intro="Entities: actions with their confidence")
        self.settings = settings
        self.metrics = metrics
        self.rankings = rankings
        self.repository = InMemoryRepository(settings.capacity)

    @staticmethod
    @functools.lru_cache(maxsize=4096)
    def identify(text: str) -> EntityId:
        return EntityId(str(uuid.uuid5(uuid.NAMESPACE_OID, text)))

    async def update(self, **kwargs: t.Any) -> None:
        with self.metrics.span("update"):
            for text, level, gain in kwargs["observations"]:
                key = self.identify(text)
                try:
                    entity = self.repository.get(key)
                except NotFound:
                    entity = Entity(id=key, text=text)
                entity.level |= level
                entity.confidence = self.settings.decay * entity.confidence + gain
                self.repository.put(entity)

    async def retrieve(self, **kwargs: t.Any) -> t.List[t.Dict[str, t.Any]]:
        query: t.FrozenSet[str] = kwargs["query"]
        with self.metrics.span("retrieve"):
            scored = (
                (sum(w * rank(e, query) for w, rank in self.rankings), e)
                for e in self.repository.all()
                if Level.GAINED in e.level and e.confidence >= self.settings.min_confidence
            )
            best = sorted(scored, key=lambda pair: (-pair[0], pair[1].text))
            return [
                {"action": e.text, "confidence": round(e.confidence, 2)}
                for _, e in itertools.islice(best, self.settings.shown)
            ]


class EnterpriseMemory(MemoStructure):
    """Facade."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self.metrics = Metrics()
        self.layer = EntityLayer(self.settings, self.metrics, rankings=((0.5, lexical), (0.5, trusted)))
        self._lock = asyncio.Lock()

    @classmethod
    def create(cls, **overrides: t.Any) -> "EnterpriseMemory":
        instance = cls()
        instance.settings = dataclasses.replace(instance.settings, **overrides)
        return instance

    def _query(self, init: t.Mapping[str, t.Any]) -> t.FrozenSet[str]:
        blob = json.dumps(init, sort_keys=True, ensure_ascii=False, default=str)
        return frozenset(re.findall(r"\w+", blob.lower()[:8000]))

    async def general_retrieve(self, recorder: Basic_Recorder) -> t.Dict[str, t.Any]:
        rows = await self.layer.retrieve(query=self._query(recorder.init))
        return {"recommended": rows} if rows else {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        observations: t.List[t.Tuple[str, Level, float]] = []
        best = 0.0
        for step in recorder.steps:
            taken: t.Union[str, t.List[str], None] = step.get("action_took")
            text = " ".join(taken) if isinstance(taken, list) else (taken or "")
            if not text:
                continue
            score = step.get("scores") or 0.0
            gain, best = max(0.0, score - best), max(best, score)
            level = Level.DID | (Level.GAINED if gain else Level(0))
            observations.append((text.lower()[:80], level, gain))
        async with self._lock:
            await self.layer.update(observations=observations)
        logger.info("metrics: %s", dict(self.metrics.counters))
