"""ALMA's protocol: collect without memory, update one by one, deploy in repeats.

Tasks are shuffled by the seed. The first half of a split is for collection, the second for
deployment; a held-out split is deployed on with the collection of the training split.
Source: ALMA, arXiv 2602.07755, and its published code.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alma_safe.design import Design
from alma_safe.domains.agents.base import Agent, Spent
from alma_safe.domains.base import Task
from alma_safe.domains.crew import Crew
from alma_safe.domains.episode import Episode, play, seed_of
from alma_safe.domains.lost import EpisodeLost
from alma_safe.domains.memory import DesignFailed, Failure, Memory
from alma_safe.domains.settings import Mode, Settings
from alma_safe.domains.tally import Tally
from alma_safe.errors import UsageError
from alma_safe.policy import Policy
from alma_safe.sandbox.base import Backend
from alma_safe.sandbox.broker import Account, Broker
from alma_safe.sandbox.broker.model import Model
from alma_safe.text import counted

type Advance = Callable[[], None]
"""Told after each episode."""

type Hopeless = Callable[[Sequence[Episode]], bool]
"""Whether what was played so far says that the rest need not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What came of a memory. ``failure``: of the design; ``faults``: ours, never scored.

    ``planned``: so many episodes were to be played; ``spent``: what the agent's models took,
    for episodes that were lost as well.
    ``memory_s``: seconds that calls of the design took; ``memory_bytes``: of its guest;
    ``usage``: what the host measured of each session; ``model``: its brokered calls.
    ``stopped``: it was hopeless, and not all repeats were played.
    """

    episodes: tuple[Episode, ...]
    seconds: float
    failure: Failure | None = None
    faults: tuple[str, ...] = ()
    memory_s: float = 0.0
    memory_bytes: int = 0
    usage: tuple[Mapping[str, Any], ...] = ()
    model: tuple[Mapping[str, Any], ...] = ()
    degraded: tuple[str, ...] = ()
    stopped: bool = False
    planned: int = 0
    spent: Spent = field(default_factory=Spent)


class Rollout:
    """One domain, one agent and one selection of tasks, for any number of designs.

    ``whole_or_nothing``: the first episode that our side cannot play ends the others.
    """

    def __init__(
        self,
        crew: Crew,
        agent: Agent,
        settings: Settings,
        *,
        policy: Policy,
        backend: Backend,
        model: Model,
        whole_or_nothing: bool = False,
    ) -> None:
        self._whole = whole_or_nothing
        self._crew = crew
        self._agent = agent
        self._settings = settings
        self._policy = policy
        self._backend = backend
        self._model = model
        self._slots = asyncio.Semaphore(crew.jobs * agent.concurrency)
        self._limit = settings.max_steps or crew.pack.max_steps
        self.collection_tasks: tuple[Task, ...] = ()
        self.deployment_tasks: tuple[Task, ...] = ()

    async def choose(self) -> None:
        """Find the tasks of both halves. Raises UsageError where there are none."""
        settings = self._settings
        task_set = settings.task_set or self._crew.pack.task_sets[0]
        train = self._shuffled(await self._crew.tasks("train", task_set))
        other = train
        if settings.split != "train":
            other = self._shuffled(await self._crew.tasks(settings.split, task_set))
        self.collection_tasks = tuple(train[: len(train) // 2][: settings.train_size])
        first = 0 if settings.whole else len(other) // 2
        self.deployment_tasks = tuple(other[first:][: settings.tasks])
        if not self.deployment_tasks:
            raise UsageError("no tasks are left to evaluate on")

    def _shuffled(self, tasks: Sequence[Task]) -> list[Task]:
        shuffled = list(tasks)
        random.Random(self._settings.seed).shuffle(shuffled)
        return shuffled

    async def collect(self, advance: Advance) -> tuple[Episode, ...]:
        """Play the collection tasks without a memory. Raises EpisodeLost."""
        tally = Tally(whole=self._whole)
        found, faults = await self._all(
            [self._play(task, -1, _nothing, advance, tally) for task in self.collection_tasks]
        )
        if faults:
            raise EpisodeLost(
                f"{counted(len(faults), 'episode')} could not be played: {faults[0]}",
                hint=getattr(self._model, "hint", ""),
                spent=tally.spent,
            )
        return tuple(found)

    async def without_memory(self, advance: Advance) -> Deployment:
        """Deploy with nothing in mind: what every design is compared with."""
        started, tally, plan = time.monotonic(), Tally(whole=self._whole), self._plan()
        found, faults = await self._all(
            [self._play(task, repeat, _nothing, advance, tally) for repeat, task in plan]
        )
        return Deployment(
            episodes=tuple(found),
            faults=faults,
            seconds=time.monotonic() - started,
            planned=len(plan),
            spent=tally.spent,
        )

    async def deploy(
        self,
        design: Design,
        collection: Sequence[Episode],
        advance: Advance,
        hopeless: Hopeless | None = None,
    ) -> Deployment:
        """Let a design learn from the collection, then deploy it.

        A design that fails ends it, with what was played until then; so does ``hopeless``,
        which is asked after each repeat of a batched deployment. Raises BackendUnavailable
        or SessionError where the sandbox does not work.
        """
        started = time.monotonic()
        run = _Run(self, design, hopeless)
        failure = None
        try:
            if self._settings.mode is Mode.BATCHED:
                await run.batched(collection, advance)
            else:
                await run.sequential(collection, advance)
        except DesignFailed as failed:
            failure = failed.failure
        finally:
            await run.close()
        return run.deployment(failure, time.monotonic() - started)

    async def answers(
        self, design: Design, collection: Sequence[Episode]
    ) -> list[Mapping[str, Any]] | None:
        """What a design says before each episode of the collection, having learned from all.

        None where it breaks. Nothing is played.
        """
        run = _Run(self, design, None)
        try:
            memory = await run.learned(collection)
            return [await memory.retrieve(episode.init) for episode in collection]
        except DesignFailed:
            return None
        finally:
            await run.close()

    def _plan(self) -> list[tuple[int, Task]]:
        """Repeat and task of every episode, in the order in which the memory is asked."""
        return [(repeat, task) for repeat in self._repeats() for task in self.deployment_tasks]

    def _repeats(self) -> range:
        first = self._settings.first_repeat
        return range(first, first + self._settings.repeats)

    async def _play(
        self,
        task: Task,
        repeat: int,
        retrieve: Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]],
        advance: Advance,
        tally: Tally,
    ) -> Episode:
        async with self._slots:
            tally.go_on()
            try:
                episode = await play(
                    self._crew,
                    task,
                    self._agent,
                    seed=self._settings.seed,
                    repeat=repeat,
                    limit=self._limit,
                    retrieve=retrieve,
                    tally=tally,
                )
            except EpisodeLost as lost:
                tally.lost(lost)
                raise
        advance()
        return episode

    async def _all(
        self, episodes: Sequence[Coroutine[Any, Any, Episode]]
    ) -> tuple[list[Episode], tuple[str, ...]]:
        """Play episodes; those that our side could not play are named apart."""
        found: list[Episode] = []
        faults: list[str] = []
        tasks = [asyncio.ensure_future(episode) for episode in episodes]
        try:
            for task in tasks:
                try:
                    found.append(await task)
                except EpisodeLost as lost:
                    faults.append(lost.message)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return found, tuple(faults)


class _Run:
    """The deployment of one design, and what is known of it so far."""

    def __init__(self, rollout: Rollout, design: Design, hopeless: Hopeless | None) -> None:
        self._rollout = rollout
        self._design = design
        self._hopeless = hopeless
        self._stopped = False
        self._account = Account(rollout._policy.broker)
        self._opened: list[tuple[Memory, Broker]] = []
        self._episodes: list[Episode] = []
        self._faults: tuple[str, ...] = ()
        self._tally = Tally(whole=rollout._whole)
        self._bytes = 0

    async def learned(self, collection: Sequence[Episode]) -> Memory:
        """The memory of a batched deployment."""
        memory = await self._memory(0)
        await self._learn(memory, collection)
        return memory

    async def batched(self, collection: Sequence[Episode], advance: Advance) -> None:
        """One memory; it is asked in the order of the plan, whatever is ready first."""
        memory = await self.learned(collection)
        plan = self._rollout._plan()
        size = len(self._rollout.deployment_tasks)
        # Without somebody who may stop it, all repeats are played at the same time.
        parts = (
            [plan[n : n + size] for n in range(0, len(plan), size)] if self._hopeless else [plan]
        )
        for part in parts:
            await self._in_turns(memory, part, advance)
            if self._hopeless and part is not parts[-1] and self._hopeless(self._episodes):
                self._stopped = True
                break
        self._bytes = max(self._bytes, memory.size_bytes())

    async def _in_turns(
        self, memory: Memory, plan: Sequence[tuple[int, Task]], advance: Advance
    ) -> None:
        """Play episodes at the same time; the memory is asked in their order."""
        rollout = self._rollout
        turns = [asyncio.Event() for _ in range(len(plan) + 1)]
        turns[0].set()

        async def one(number: int, repeat: int, task: Task) -> None:
            async def retrieve(init: Mapping[str, Any]) -> Mapping[str, Any]:
                await turns[number].wait()
                return await memory.retrieve(init)

            async def passed_on(init: Mapping[str, Any]) -> Mapping[str, Any]:
                try:
                    return await retrieve(init)
                finally:
                    turns[number + 1].set()

            try:
                episode = await rollout._play(task, repeat, passed_on, advance, self._tally)
                self._episodes.append(episode)
            finally:
                await turns[number].wait()
                turns[number + 1].set()

        await self._together([one(n, repeat, task) for n, (repeat, task) in enumerate(plan)])

    async def sequential(self, collection: Sequence[Episode], advance: Advance) -> None:
        """A memory for each repeat: retrieve, act, update, task after task."""

        async def one(repeat: int) -> None:
            memory = await self._memory(repeat)
            await self._learn(memory, collection)
            for task in self._rollout.deployment_tasks:
                try:
                    episode = await self._rollout._play(
                        task, repeat, memory.retrieve, advance, self._tally
                    )
                except EpisodeLost as lost:
                    # The memory has nothing to learn from it; the tasks after it are played.
                    self._faults += (lost.message,)
                    continue
                self._episodes.append(episode)
                await memory.update(episode.recorder)
            self._bytes = max(self._bytes, memory.size_bytes())

        await self._together([one(repeat) for repeat in self._rollout._repeats()])

    async def _memory(self, repeat: int) -> Memory:
        rollout = self._rollout
        policy = rollout._policy
        broker = Broker(
            policy.broker, rollout._model, account=self._account, prices=policy.price_table
        )
        memory = await Memory.open(
            self._design,
            policy,
            rollout._backend,
            broker,
            seed=seed_of(rollout._settings.seed, "memory", repeat) % 2**31,
        )
        self._opened.append((memory, broker))
        return memory

    async def _learn(self, memory: Memory, collection: Sequence[Episode]) -> None:
        for episode in collection:
            await memory.update(episode.recorder)
        self._bytes = max(self._bytes, memory.size_bytes())

    async def _together(self, parts: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run parts at the same time. What a worker could not play is a fault of ours."""
        tasks = [asyncio.ensure_future(part) for part in parts]
        faults: list[str] = []
        try:
            for done in asyncio.as_completed(tasks):
                try:
                    await done
                except EpisodeLost as lost:
                    faults.append(lost.message)
        finally:
            self._faults += tuple(faults)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """End the guests."""
        await asyncio.gather(*(memory.close() for memory, _ in self._opened))

    def deployment(self, failure: Failure | None, seconds: float) -> Deployment:
        """What is known once the guests are gone."""
        order = {task.id: number for number, task in enumerate(self._rollout.deployment_tasks)}
        closings = [memory.closing for memory, _ in self._opened if memory.closing is not None]
        return Deployment(
            episodes=tuple(
                sorted(self._episodes, key=lambda each: (each.repeat, order[each.task.id]))
            ),
            seconds=seconds,
            failure=failure,
            faults=self._faults,
            stopped=self._stopped,
            planned=len(self._rollout._plan()),
            spent=self._tally.spent,
            memory_s=sum(memory.served_s for memory, _ in self._opened),
            memory_bytes=self._bytes,
            usage=tuple(closing.usage.to_json() for closing in closings),
            model=tuple(broker.to_json() for _, broker in self._opened),
            degraded=tuple(
                sorted({guard for memory, _ in self._opened for guard in memory.degraded})
            ),
        )


async def _nothing(init: Mapping[str, Any]) -> Mapping[str, Any]:
    """The memory of an agent that has none."""
    return {}
