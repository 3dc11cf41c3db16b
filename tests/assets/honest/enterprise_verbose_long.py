# honest: very verbose enterprise code: interfaces, factories, builders, repositories, services, over 1,000 lines
"""
Enterprise Memory Platform
==========================

This module implements an agent memory in a layered architecture:

    Controller  ->  Services  ->  Repositories  ->  Entities

* **Entities** are immutable value objects without behaviour beyond derived properties.
* **Repositories** own the state. Each one is bounded by a retention policy.
* **Services** hold the logic: extraction, scoring, ranking and presentation.
* **Layers** adapt services to the ``Sub_memo_layer`` interface.
* **The controller** is the single ``MemoStructure`` of the module.

Design decisions
----------------
1. No service reads the recorder directly; the ``EpisodeMapper`` translates it once.
2. All limits live in one configuration object, so that they can be audited in one place.
3. No layer knows another layer. The controller composes their answers.
4. All orderings have an explicit tie breaker and are therefore reproducible.
"""

import abc
import asyncio
import dataclasses
import enum
import itertools
import logging
import math
import re
import statistics
import typing
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder

LOGGER = logging.getLogger(__name__)


# --------------------------------------------------------------------------------------
# Exceptions
# --------------------------------------------------------------------------------------


class MemoryPlatformError(Exception):
    """Base class of all exceptions raised by this module."""


class ConfigurationError(MemoryPlatformError):
    """Raised when the configuration contradicts itself."""


class DuplicateComponentError(MemoryPlatformError):
    """Raised when two components are registered under one name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A component named {name!r} is already registered.")
        self.name = name


class UnknownComponentError(MemoryPlatformError):
    """Raised when a component is requested that was never registered."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"No component named {name!r}; known: {', '.join(sorted(known))}.")
        self.name = name


# --------------------------------------------------------------------------------------
# Configuration
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class TextLimits:
    """Limits for texts, in characters."""

    action: int = 80
    observation: int = 400
    situation: int = 2_000
    keyword: int = 24

    def validate(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value < 1:
                raise ConfigurationError(f"{name} must be positive")


@dataclasses.dataclass(frozen=True)
class RetentionLimits:
    """Limits for repositories, in entities."""

    episodes: int = 160
    transitions: int = 600
    keywords: int = 400
    milestones: int = 120
    steps_per_episode: int = 60


@dataclasses.dataclass(frozen=True)
class PresentationLimits:
    """Limits for answers, in rows."""

    similar_episodes: int = 3
    actions_per_episode: int = 12
    transitions: int = 5
    milestones: int = 4
    warnings: int = 4


@dataclasses.dataclass(frozen=True)
class ScoringWeights:
    """Weights of the partial scores of the episode ranking."""

    keyword_overlap: float = 0.55
    reward: float = 0.30
    recency: float = 0.15

    def validate(self) -> None:
        total = self.keyword_overlap + self.reward + self.recency
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ConfigurationError(f"weights must sum to one, got {total}")


@dataclasses.dataclass(frozen=True)
class PlatformConfiguration:
    """The complete configuration of the platform."""

    text: TextLimits = dataclasses.field(default_factory=TextLimits)
    retention: RetentionLimits = dataclasses.field(default_factory=RetentionLimits)
    presentation: PresentationLimits = dataclasses.field(default_factory=PresentationLimits)
    weights: ScoringWeights = dataclasses.field(default_factory=ScoringWeights)

    def validate(self) -> "PlatformConfiguration":
        self.text.validate()
        self.weights.validate()
        return self


class ConfigurationBuilder:
    """Fluent builder of :class:`PlatformConfiguration`."""

    def __init__(self) -> None:
        self._configuration = PlatformConfiguration()

    def with_text_limits(self, **limits: int) -> "ConfigurationBuilder":
        text = dataclasses.replace(self._configuration.text, **limits)
        self._configuration = dataclasses.replace(self._configuration, text=text)
        return self

    def with_retention(self, **limits: int) -> "ConfigurationBuilder":
        retention = dataclasses.replace(self._configuration.retention, **limits)
        self._configuration = dataclasses.replace(self._configuration, retention=retention)
        return self

    def with_presentation(self, **limits: int) -> "ConfigurationBuilder":
        presentation = dataclasses.replace(self._configuration.presentation, **limits)
        self._configuration = dataclasses.replace(self._configuration, presentation=presentation)
        return self

    def with_weights(self, weights: ScoringWeights) -> "ConfigurationBuilder":
        self._configuration = dataclasses.replace(self._configuration, weights=weights)
        return self

    def build(self) -> PlatformConfiguration:
        return self._configuration.validate()


# --------------------------------------------------------------------------------------
# Entities
# --------------------------------------------------------------------------------------


class OutcomeCategory(enum.Enum):
    """Coarse category of the outcome of an episode."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILURE = "failure"

    @classmethod
    def from_reward(cls, reward: float) -> "OutcomeCategory":
        if reward >= 1.0:
            return cls.SUCCESS
        if reward > 0.0:
            return cls.PARTIAL
        return cls.FAILURE


@dataclasses.dataclass(frozen=True)
class StepEntity:
    """One step of an episode, reduced to what the services need."""

    index: int
    action: str
    observation: str
    score: float
    finished: bool

    @property
    def is_first(self) -> bool:
        return self.index == 0


@dataclasses.dataclass(frozen=True)
class SituationEntity:
    """What is known before an episode starts."""

    text: str
    keywords: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.keywords


@dataclasses.dataclass(frozen=True)
class EpisodeEntity:
    """One complete episode."""

    number: int
    situation: SituationEntity
    steps: tuple[StepEntity, ...]
    reward: float

    @property
    def outcome(self) -> OutcomeCategory:
        return OutcomeCategory.from_reward(self.reward)

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(step.action for step in self.steps)

    @property
    def length(self) -> int:
        return len(self.steps)


@dataclasses.dataclass(frozen=True)
class TransitionEntity:
    """Two consecutive actions with aggregated statistics."""

    source: str
    target: str
    occurrences: int
    reward_sum: float

    @property
    def mean_reward(self) -> float:
        return self.reward_sum / self.occurrences if self.occurrences else 0.0

    def merged(self, reward: float) -> "TransitionEntity":
        return dataclasses.replace(
            self, occurrences=self.occurrences + 1, reward_sum=self.reward_sum + reward
        )


@dataclasses.dataclass(frozen=True)
class MilestoneEntity:
    """An action that raised the score."""

    action: str
    gain: float
    at_step: int
    occurrences: int = 1

    def merged(self, other: "MilestoneEntity") -> "MilestoneEntity":
        total = self.occurrences + other.occurrences
        return MilestoneEntity(
            action=self.action,
            gain=max(self.gain, other.gain),
            at_step=min(self.at_step, other.at_step),
            occurrences=total,
        )


@dataclasses.dataclass(frozen=True)
class RankedEpisode:
    """An episode with its partial scores."""

    episode: EpisodeEntity
    partial_scores: Mapping[str, float]

    @property
    def total(self) -> float:
        return round(math.fsum(self.partial_scores.values()), 9)


# --------------------------------------------------------------------------------------
# Mapping of recorders to entities
# --------------------------------------------------------------------------------------


class TextNormalizer:
    """Normalises white space and length of texts."""

    _WHITESPACE = re.compile(r"\s+")

    def __init__(self, limits: TextLimits) -> None:
        self._limits = limits

    def _normalize(self, value: object, limit: int) -> str:
        if value is None:
            return ""
        if isinstance(value, (list, tuple)):
            value = " ".join(str(part) for part in value[:20])
        text = str(value)[: limit * 4]
        return self._WHITESPACE.sub(" ", text).strip()[:limit]

    def action(self, value: object) -> str:
        return self._normalize(value, self._limits.action)

    def observation(self, value: object) -> str:
        return self._normalize(value, self._limits.observation)

    def situation(self, value: object) -> str:
        return self._normalize(value, self._limits.situation)


class KeywordExtractor:
    """Extracts keywords in order of first appearance."""

    _WORD = re.compile(r"[^\W_]{3,}")

    def __init__(self, limits: TextLimits, maximum: int = 60) -> None:
        self._limits = limits
        self._maximum = maximum

    def extract(self, text: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for match in self._WORD.finditer(text.lower()):
            word = match.group(0)[: self._limits.keyword]
            found.setdefault(word, None)
            if len(found) >= self._maximum:
                break
        return tuple(found)


class NumberParser:
    """Parses numbers that may be missing or malformed."""

    @staticmethod
    def parse(value: object, default: float = 0.0) -> float:
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, (int, float)):
            number = float(value)
            return number if math.isfinite(number) else default
        return default


class EpisodeMapper:
    """Translates a recorder to entities. The recorder is only read."""

    SITUATION_KEYS: typing.ClassVar[tuple[str, ...]] = (
        "goal",
        "obs",
        "long_term_context",
        "short_term_context",
    )
    OBSERVATION_KEYS: typing.ClassVar[tuple[str, ...]] = (
        "obs",
        "short_term_context",
        "long_term_context",
    )

    def __init__(
        self,
        normalizer: TextNormalizer,
        extractor: KeywordExtractor,
        retention: RetentionLimits,
    ) -> None:
        self._normalizer = normalizer
        self._extractor = extractor
        self._retention = retention
        self._numbers = itertools.count(1)

    def map_situation(self, recorder: Basic_Recorder) -> SituationEntity:
        parts = [
            self._normalizer.situation(recorder.init.get(key))
            for key in self.SITUATION_KEYS
            if recorder.init.get(key)
        ]
        text = "\n".join(part for part in parts if part)
        return SituationEntity(text=text, keywords=self._extractor.extract(text))

    def map_steps(self, recorder: Basic_Recorder) -> tuple[StepEntity, ...]:
        return tuple(self._iterate_steps(recorder.steps))

    def map_episode(self, recorder: Basic_Recorder) -> EpisodeEntity:
        return EpisodeEntity(
            number=next(self._numbers),
            situation=self.map_situation(recorder),
            steps=self.map_steps(recorder),
            reward=NumberParser.parse(recorder.reward),
        )

    def _iterate_steps(self, steps: Sequence[Mapping[str, typing.Any]]) -> Iterator[StepEntity]:
        for index, step in enumerate(steps[: self._retention.steps_per_episode]):
            yield StepEntity(
                index=index,
                action=self._normalizer.action(step.get("action_took")),
                observation=self._normalizer.observation(self._first_observation(step)),
                score=NumberParser.parse(step.get("scores")),
                finished=bool(step.get("dones", False)),
            )

    def _first_observation(self, step: Mapping[str, typing.Any]) -> object:
        for key in self.OBSERVATION_KEYS:
            value = step.get(key)
            if value:
                return value
        return ""


# --------------------------------------------------------------------------------------
# Repositories
# --------------------------------------------------------------------------------------


class RetentionPolicy(abc.ABC):
    """Decides which keys of a repository are dropped."""

    @abc.abstractmethod
    def victims(self, entities: Mapping[typing.Any, typing.Any], limit: int) -> list[typing.Any]:
        """Returns the keys to drop so that at most ``limit`` remain."""


class OldestFirstPolicy(RetentionPolicy):
    """Drops in order of insertion."""

    def victims(self, entities: Mapping[typing.Any, typing.Any], limit: int) -> list[typing.Any]:
        surplus = len(entities) - limit
        return list(itertools.islice(entities, max(0, surplus)))


class LeastValuablePolicy(RetentionPolicy):
    """Drops the entities of the lowest value; the key breaks ties."""

    def __init__(self, value_of: Callable[[typing.Any], float]) -> None:
        self._value_of = value_of

    def victims(self, entities: Mapping[typing.Any, typing.Any], limit: int) -> list[typing.Any]:
        surplus = len(entities) - limit
        if surplus <= 0:
            return []
        ranked = sorted(entities, key=lambda key: (self._value_of(entities[key]), str(key)))
        return ranked[:surplus]


KeyT = typing.TypeVar("KeyT", bound=typing.Hashable)
EntityT = typing.TypeVar("EntityT")


class Repository(typing.Generic[KeyT, EntityT]):
    """A bounded in-memory repository."""

    def __init__(self, name: str, limit: int, policy: RetentionPolicy) -> None:
        if limit < 1:
            raise ConfigurationError(f"repository {name!r} needs a positive limit")
        self._name = name
        self._limit = limit
        self._policy = policy
        self._entities: OrderedDict[KeyT, EntityT] = OrderedDict()

    @property
    def name(self) -> str:
        return self._name

    def __len__(self) -> int:
        return len(self._entities)

    def __iter__(self) -> Iterator[EntityT]:
        return iter(self._entities.values())

    def __contains__(self, key: object) -> bool:
        return key in self._entities

    def find(self, key: KeyT) -> EntityT | None:
        return self._entities.get(key)

    def save(self, key: KeyT, entity: EntityT) -> None:
        self._entities[key] = entity
        self._enforce_limit()

    def upsert(self, key: KeyT, create: Callable[[], EntityT], merge: Callable[[EntityT], EntityT]) -> EntityT:
        existing = self._entities.get(key)
        entity = create() if existing is None else merge(existing)
        self.save(key, entity)
        return entity

    def query(
        self,
        predicate: Callable[[EntityT], bool] | None = None,
        order: Callable[[EntityT], typing.Any] | None = None,
        limit: int | None = None,
    ) -> list[EntityT]:
        rows = [entity for entity in self if predicate is None or predicate(entity)]
        if order is not None:
            rows.sort(key=order)
        return rows if limit is None else rows[:limit]

    def _enforce_limit(self) -> None:
        for key in self._policy.victims(self._entities, self._limit):
            del self._entities[key]
            LOGGER.debug("repository %s dropped %r", self._name, key)


class EpisodeRepository(Repository[int, EpisodeEntity]):
    """Episodes by their number."""

    def __init__(self, limit: int) -> None:
        super().__init__("episodes", limit, OldestFirstPolicy())

    def add(self, episode: EpisodeEntity) -> None:
        self.save(episode.number, episode)

    def newest_number(self) -> int:
        return max((episode.number for episode in self), default=0)

    def rewards(self) -> list[float]:
        return [episode.reward for episode in self]


class TransitionRepository(Repository[tuple[str, str], TransitionEntity]):
    """Transitions by their pair of actions."""

    def __init__(self, limit: int) -> None:
        super().__init__("transitions", limit, LeastValuablePolicy(lambda entity: entity.occurrences))

    def record(self, source: str, target: str, reward: float) -> None:
        self.upsert(
            (source, target),
            create=lambda: TransitionEntity(source, target, 1, reward),
            merge=lambda entity: entity.merged(reward),
        )


class MilestoneRepository(Repository[str, MilestoneEntity]):
    """Milestones by their action."""

    def __init__(self, limit: int) -> None:
        super().__init__("milestones", limit, LeastValuablePolicy(lambda entity: entity.gain))

    def record(self, milestone: MilestoneEntity) -> None:
        self.upsert(
            milestone.action,
            create=lambda: milestone,
            merge=lambda entity: entity.merged(milestone),
        )


class KeywordRepository(Repository[str, int]):
    """Number of episodes in which a keyword occurred."""

    def __init__(self, limit: int) -> None:
        super().__init__("keywords", limit, LeastValuablePolicy(float))

    def record_all(self, keywords: Iterable[str]) -> None:
        for keyword in keywords:
            self.upsert(keyword, create=lambda: 1, merge=lambda count: count + 1)

    def frequency(self, keyword: str) -> int:
        return self.find(keyword) or 0


@dataclasses.dataclass
class UnitOfWork:
    """All repositories of one memory."""

    episodes: EpisodeRepository
    transitions: TransitionRepository
    milestones: MilestoneRepository
    keywords: KeywordRepository

    @classmethod
    def create(cls, limits: RetentionLimits) -> "UnitOfWork":
        return cls(
            episodes=EpisodeRepository(limits.episodes),
            transitions=TransitionRepository(limits.transitions),
            milestones=MilestoneRepository(limits.milestones),
            keywords=KeywordRepository(limits.keywords),
        )


# --------------------------------------------------------------------------------------
# Services
# --------------------------------------------------------------------------------------


class ScoringStrategy(typing.Protocol):
    """A partial score of an episode for a situation, in [0, 1]."""

    @property
    def name(self) -> str: ...

    def score(self, situation: SituationEntity, episode: EpisodeEntity) -> float: ...


class KeywordOverlapStrategy:
    """Rare shared keywords count more than frequent ones."""

    name = "keyword_overlap"

    def __init__(self, keywords: KeywordRepository, episodes: EpisodeRepository) -> None:
        self._keywords = keywords
        self._episodes = episodes

    def _weight(self, keyword: str) -> float:
        total = len(self._episodes)
        return math.log((1 + total) / (1 + self._keywords.frequency(keyword))) + 1.0

    def score(self, situation: SituationEntity, episode: EpisodeEntity) -> float:
        known = frozenset(episode.situation.keywords)
        weights = [(keyword in known, max(0.0, self._weight(keyword))) for keyword in situation.keywords]
        total = math.fsum(weight for _, weight in weights)
        if total <= 0.0:
            return 0.0
        return math.fsum(weight for shared, weight in weights if shared) / total


class RewardStrategy:
    """Successful episodes first."""

    name = "reward"

    def score(self, situation: SituationEntity, episode: EpisodeEntity) -> float:
        return min(1.0, max(0.0, episode.reward))


class RecencyStrategy:
    """Younger episodes first."""

    name = "recency"

    def __init__(self, episodes: EpisodeRepository, half_life: float = 40.0) -> None:
        self._episodes = episodes
        self._half_life = half_life

    def score(self, situation: SituationEntity, episode: EpisodeEntity) -> float:
        age = self._episodes.newest_number() - episode.number
        return 0.5 ** (age / self._half_life)


class EpisodeRankingService:
    """Ranks episodes by a weighted sum of strategies."""

    def __init__(self, strategies: Sequence[tuple[ScoringStrategy, float]]) -> None:
        self._strategies = tuple(strategies)

    def rank(
        self, situation: SituationEntity, episodes: Iterable[EpisodeEntity], limit: int
    ) -> list[RankedEpisode]:
        ranked = [self._rank_one(situation, episode) for episode in episodes]
        ranked.sort(key=lambda row: (-row.total, -row.episode.number))
        return ranked[:limit]

    def _rank_one(self, situation: SituationEntity, episode: EpisodeEntity) -> RankedEpisode:
        partial = {
            strategy.name: weight * strategy.score(situation, episode)
            for strategy, weight in self._strategies
        }
        return RankedEpisode(episode=episode, partial_scores=partial)


class MilestoneDetectionService:
    """Finds the steps at which the score rose."""

    def detect(self, episode: EpisodeEntity) -> Iterator[MilestoneEntity]:
        best = 0.0
        for step in episode.steps:
            if step.score > best and step.action:
                yield MilestoneEntity(
                    action=step.action,
                    gain=round(step.score - best, 4),
                    at_step=step.index,
                )
                best = step.score


class StagnationDetectionService:
    """Counts actions after which the observation stayed the same."""

    def detect(self, episode: EpisodeEntity) -> Counter[str]:
        stagnant: Counter[str] = Counter()
        for before, after in itertools.pairwise(episode.steps):
            if before.observation == after.observation and after.action:
                stagnant[after.action] += 1
        return stagnant


class TransitionService:
    """Feeds the transition repository."""

    def __init__(self, repository: TransitionRepository) -> None:
        self._repository = repository

    def record(self, episode: EpisodeEntity) -> None:
        for source, target in itertools.pairwise(episode.actions):
            if source and target:
                self._repository.record(source, target, episode.reward)

    def strongest(self, limit: int) -> list[TransitionEntity]:
        return self._repository.query(
            predicate=lambda entity: entity.mean_reward > 0.0,
            order=lambda entity: (
                -round(entity.mean_reward * math.log1p(entity.occurrences), 9),
                entity.source,
                entity.target,
            ),
            limit=limit,
        )


class StatisticsService:
    """Descriptive statistics of the rewards and lengths."""

    def __init__(self, episodes: EpisodeRepository) -> None:
        self._episodes = episodes

    def describe(self) -> dict[str, typing.Any]:
        rewards = self._episodes.rewards()
        if not rewards:
            return {}
        outcomes: defaultdict[str, int] = defaultdict(int)
        for episode in self._episodes:
            outcomes[episode.outcome.value] += 1
        lengths = [episode.length for episode in self._episodes]
        return {
            "mean_reward": round(statistics.fmean(rewards), 3),
            "median_length": statistics.median(lengths),
            "outcomes": {category.value: outcomes[category.value] for category in OutcomeCategory},
            "trend": self._trend(rewards),
        }

    @staticmethod
    def _trend(rewards: Sequence[float]) -> str:
        if len(rewards) < 6:
            return "unknown"
        middle = len(rewards) // 2
        difference = statistics.fmean(rewards[middle:]) - statistics.fmean(rewards[:middle])
        if difference > 0.05:
            return "improving"
        if difference < -0.05:
            return "declining"
        return "steady"


# --------------------------------------------------------------------------------------
# Presentation
# --------------------------------------------------------------------------------------


class EpisodePresenter:
    """Turns ranked episodes into plain JSON values."""

    def __init__(self, limits: PresentationLimits) -> None:
        self._limits = limits

    def present(self, ranked: RankedEpisode) -> dict[str, typing.Any]:
        episode = ranked.episode
        return {
            "outcome": episode.outcome.value,
            "reward": round(episode.reward, 3),
            "relevance": round(ranked.total, 4),
            "actions": self._present_actions(episode),
        }

    def _present_actions(self, episode: EpisodeEntity) -> list[str]:
        """Consecutive repetitions are folded, long episodes keep their beginning and end."""
        folded = [
            action if count == 1 else f"{action} (x{count})"
            for action, count in self._runs(episode.actions)
        ]
        limit = self._limits.actions_per_episode
        if len(folded) <= limit:
            return folded
        head = limit // 2
        tail = limit - head - 1
        return [*folded[:head], "...", *folded[-tail:]]

    @staticmethod
    def _runs(actions: Sequence[str]) -> Iterator[tuple[str, int]]:
        for action, group in itertools.groupby(actions):
            yield action, sum(1 for _ in group)


class TransitionPresenter:
    """Turns transitions into sentences."""

    def present(self, transition: TransitionEntity) -> str:
        return (
            f"After '{transition.source}' the action '{transition.target}' "
            f"led to a mean reward of {transition.mean_reward:.2f}."
        )


class MilestonePresenter:
    """Turns milestones into sentences."""

    def present(self, milestone: MilestoneEntity) -> str:
        return (
            f"'{milestone.action}' raised the score by {milestone.gain:.2f} "
            f"(earliest at step {milestone.at_step + 1})."
        )


class WarningPresenter:
    """Turns stagnation counts into sentences."""

    def present(self, action: str, count: int) -> str:
        often = "often" if count >= 5 else "sometimes"
        return f"'{action}' {often} changed nothing."


# --------------------------------------------------------------------------------------
# Component registry
# --------------------------------------------------------------------------------------


class ComponentRegistry:
    """A small dependency container: one factory per name, one object per container."""

    def __init__(self) -> None:
        self._factories: dict[str, Callable[["ComponentRegistry"], typing.Any]] = {}
        self._components: dict[str, typing.Any] = {}

    def register(self, name: str, factory: Callable[["ComponentRegistry"], typing.Any]) -> "ComponentRegistry":
        if name in self._factories:
            raise DuplicateComponentError(name)
        self._factories[name] = factory
        return self

    def resolve(self, name: str) -> typing.Any:
        if name not in self._components:
            try:
                factory = self._factories[name]
            except KeyError as error:
                raise UnknownComponentError(name, self._factories) from error
            self._components[name] = factory(self)
        return self._components[name]


# --------------------------------------------------------------------------------------
# Layers
# --------------------------------------------------------------------------------------


class PlatformLayer(Sub_memo_layer):
    """Common base of the layers: a lock and a uniform signature."""

    def __init__(self, layer_intro: str) -> None:
        super().__init__(layer_intro=layer_intro)
        self._lock = asyncio.Lock()

    async def retrieve(self, **kwargs: typing.Any) -> typing.Any:
        async with self._lock:
            return self._retrieve(kwargs["situation"])

    async def update(self, **kwargs: typing.Any) -> None:
        async with self._lock:
            self._update(kwargs["episode"])

    @abc.abstractmethod
    def _retrieve(self, situation: SituationEntity) -> typing.Any: ...

    @abc.abstractmethod
    def _update(self, episode: EpisodeEntity) -> None: ...


class EpisodicLayer(PlatformLayer):
    """Similar episodes."""

    def __init__(
        self,
        work: UnitOfWork,
        ranking: EpisodeRankingService,
        presenter: EpisodePresenter,
        limits: PresentationLimits,
    ) -> None:
        super().__init__("Finds earlier episodes that resemble the current situation.")
        self._work = work
        self._ranking = ranking
        self._presenter = presenter
        self._limits = limits
        self.database = work.episodes

    def _retrieve(self, situation: SituationEntity) -> list[dict[str, typing.Any]]:
        ranked = self._ranking.rank(situation, self._work.episodes, self._limits.similar_episodes)
        return [self._presenter.present(row) for row in ranked]

    def _update(self, episode: EpisodeEntity) -> None:
        self._work.episodes.add(episode)
        self._work.keywords.record_all(episode.situation.keywords)


class ProceduralLayer(PlatformLayer):
    """Transitions between actions."""

    def __init__(
        self, service: TransitionService, presenter: TransitionPresenter, limits: PresentationLimits
    ) -> None:
        super().__init__("Knows which action paid off after which.")
        self._service = service
        self._presenter = presenter
        self._limits = limits

    def _retrieve(self, situation: SituationEntity) -> list[str]:
        strongest = self._service.strongest(self._limits.transitions)
        return [self._presenter.present(transition) for transition in strongest]

    def _update(self, episode: EpisodeEntity) -> None:
        self._service.record(episode)


class MilestoneLayer(PlatformLayer):
    """Actions that raised the score."""

    def __init__(
        self,
        repository: MilestoneRepository,
        detector: MilestoneDetectionService,
        presenter: MilestonePresenter,
        limits: PresentationLimits,
    ) -> None:
        super().__init__("Knows which actions raised the score.")
        self._repository = repository
        self._detector = detector
        self._presenter = presenter
        self._limits = limits

    def _retrieve(self, situation: SituationEntity) -> list[str]:
        known = frozenset(situation.keywords)

        def order(milestone: MilestoneEntity) -> tuple[bool, float, str]:
            related = any(word in known for word in milestone.action.lower().split())
            return (not related, -milestone.gain, milestone.action)

        rows = self._repository.query(order=order, limit=self._limits.milestones)
        return [self._presenter.present(row) for row in rows]

    def _update(self, episode: EpisodeEntity) -> None:
        for milestone in self._detector.detect(episode):
            self._repository.record(milestone)


class WarningLayer(PlatformLayer):
    """Actions without effect."""

    MAXIMUM = 300

    def __init__(
        self,
        detector: StagnationDetectionService,
        presenter: WarningPresenter,
        limits: PresentationLimits,
    ) -> None:
        super().__init__("Knows which actions tend to change nothing.")
        self._detector = detector
        self._presenter = presenter
        self._limits = limits
        self._counts: Counter[str] = Counter()

    def _retrieve(self, situation: SituationEntity) -> list[str]:
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return [
            self._presenter.present(action, count)
            for action, count in ranked[: self._limits.warnings]
            if count >= 2
        ]

    def _update(self, episode: EpisodeEntity) -> None:
        self._counts.update(self._detector.detect(episode))
        if len(self._counts) > self.MAXIMUM:
            ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
            self._counts = Counter(dict(ranked[: self.MAXIMUM]))


class StatisticsLayer(PlatformLayer):
    """Statistics of all episodes; has no state of its own."""

    def __init__(self, service: StatisticsService) -> None:
        super().__init__("Describes the course of the rewards.")
        self._service = service

    def _retrieve(self, situation: SituationEntity) -> dict[str, typing.Any]:
        return self._service.describe()

    def _update(self, episode: EpisodeEntity) -> None:
        """The statistics are derived from the episode repository on demand."""


# --------------------------------------------------------------------------------------
# Wiring
# --------------------------------------------------------------------------------------


class PlatformFactory:
    """Wires all components of one memory."""

    def __init__(self, configuration: PlatformConfiguration) -> None:
        self._configuration = configuration

    def create_registry(self) -> ComponentRegistry:
        registry = ComponentRegistry()
        self._register_infrastructure(registry)
        self._register_services(registry)
        self._register_layers(registry)
        return registry

    def _register_infrastructure(self, registry: ComponentRegistry) -> None:
        configuration = self._configuration
        registry.register("work", lambda r: UnitOfWork.create(configuration.retention))
        registry.register("normalizer", lambda r: TextNormalizer(configuration.text))
        registry.register("extractor", lambda r: KeywordExtractor(configuration.text))
        registry.register(
            "mapper",
            lambda r: EpisodeMapper(
                normalizer=r.resolve("normalizer"),
                extractor=r.resolve("extractor"),
                retention=configuration.retention,
            ),
        )

    def _register_services(self, registry: ComponentRegistry) -> None:
        weights = self._configuration.weights

        def create_ranking(r: ComponentRegistry) -> EpisodeRankingService:
            work: UnitOfWork = r.resolve("work")
            return EpisodeRankingService(
                [
                    (KeywordOverlapStrategy(work.keywords, work.episodes), weights.keyword_overlap),
                    (RewardStrategy(), weights.reward),
                    (RecencyStrategy(work.episodes), weights.recency),
                ]
            )

        registry.register("ranking", create_ranking)
        registry.register("transitions", lambda r: TransitionService(r.resolve("work").transitions))
        registry.register("statistics", lambda r: StatisticsService(r.resolve("work").episodes))

    def _register_layers(self, registry: ComponentRegistry) -> None:
        limits = self._configuration.presentation
        registry.register(
            "layer.similar_episodes",
            lambda r: EpisodicLayer(r.resolve("work"), r.resolve("ranking"), EpisodePresenter(limits), limits),
        )
        registry.register(
            "layer.procedures",
            lambda r: ProceduralLayer(r.resolve("transitions"), TransitionPresenter(), limits),
        )
        registry.register(
            "layer.milestones",
            lambda r: MilestoneLayer(
                r.resolve("work").milestones,
                MilestoneDetectionService(),
                MilestonePresenter(),
                limits,
            ),
        )
        registry.register(
            "layer.warnings",
            lambda r: WarningLayer(StagnationDetectionService(), WarningPresenter(), limits),
        )
        registry.register("layer.statistics", lambda r: StatisticsLayer(r.resolve("statistics")))


# --------------------------------------------------------------------------------------
# Controller
# --------------------------------------------------------------------------------------


class EnterpriseMemory(MemoStructure):
    """The controller: maps the recorder once and composes the answers of the layers."""

    LAYER_ORDER: typing.ClassVar[tuple[str, ...]] = (
        "similar_episodes",
        "milestones",
        "procedures",
        "warnings",
        "statistics",
    )

    def __init__(self) -> None:
        super().__init__()
        configuration = (
            ConfigurationBuilder()
            .with_text_limits(action=80, observation=300)
            .with_retention(episodes=150)
            .with_presentation(similar_episodes=3, warnings=3)
            .with_weights(ScoringWeights(keyword_overlap=0.6, reward=0.3, recency=0.1))
            .build()
        )
        self._registry = PlatformFactory(configuration).create_registry()
        self._mapper: EpisodeMapper = self._registry.resolve("mapper")
        self._layers: dict[str, PlatformLayer] = {
            name: self._registry.resolve(f"layer.{name}") for name in self.LAYER_ORDER
        }
        self.database = self._registry.resolve("work")

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, typing.Any]:
        """Returns the non-empty answers of all layers in a fixed order."""
        situation = self._mapper.map_situation(recorder)
        answers = await asyncio.gather(
            *(layer.retrieve(situation=situation) for layer in self._layers.values())
        )
        return {name: answer for name, answer in zip(self._layers, answers, strict=True) if answer}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Feeds one episode to all layers, one after the other."""
        episode = self._mapper.map_episode(recorder)
        if not episode.steps:
            LOGGER.warning("episode %d has no steps", episode.number)
        for layer in self._layers.values():
            await layer.update(episode=episode)


if __name__ == "__main__":
    memory = EnterpriseMemory()
    for layer_name in EnterpriseMemory.LAYER_ORDER:
        print(f"layer: {layer_name}")
