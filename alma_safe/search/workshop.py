"""Where designs are judged and played: a gate, games and an agent, by a run's settings.

One process may hold one; a cluster holds one on each node. Everything goes in and comes
out as plain data, so that it does not matter where a workshop is.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alma_safe.cores import cores
from alma_safe.design import Design
from alma_safe.domains.agents.choose import agent_of, model_for
from alma_safe.domains.base import Task
from alma_safe.domains.crew import Crew
from alma_safe.domains.episode import Episode
from alma_safe.domains.evaluation import evidence
from alma_safe.domains.pack import find_pack
from alma_safe.domains.rollout import Deployment, Rollout
from alma_safe.domains.settings import Mode, Settings
from alma_safe.domains.statistics import bootstrap
from alma_safe.errors import UsageError
from alma_safe.policy import load_policy
from alma_safe.sandbox.select import backend
from alma_safe.search.records import Measured, Played, Purpose, RunSettings
from alma_safe.verifier.feedback import Feedback
from alma_safe.verifier.pipeline import Gate

type Advance = Callable[[], None]
"""Told after each episode."""

_HOPELESS = 0.99
_MAX_TEXT = 2_000
_MAX_STEPS = 60
_MAX_RETRIEVED = 6_000


class Workshop:
    """Judges designs and plays a domain with them. An async context manager.

    ``base_url``: of the endpoint that answers an agent that is a model, and designs.
    Raises UsageError where the domain, the agent or the policy cannot be had, or is not
    the one that the settings name.
    """

    def __init__(
        self,
        settings: RunSettings,
        *,
        jobs: int | None = None,
        sandbox: str = "auto",
        base_url: str | None = None,
    ) -> None:
        self._settings = settings
        self.jobs = jobs or cores()
        self.policy = load_policy(settings.policy)
        self._pack = find_pack(settings.domain)
        self._pack.require()
        _same("the policy", settings.policy_digest, self.policy.digest)
        _same("the domain", settings.domain_digest, self._pack.digest)
        self._model = model_for(settings.agent, base_url)
        self._agent = agent_of(
            settings.agent,
            settings.agent_model,
            pack=self._pack,
            policy=self.policy,
            model=self._model,
        )
        _same("the agent", settings.agent_version, self._agent.version)
        self._backend = backend(sandbox)
        self._gate = Gate(
            self.policy, backend=self._backend, domain=self._pack.place, seed=settings.seed
        ).open()
        self._crew = Crew(self._pack, jobs=self.jobs)
        self._judging = asyncio.Semaphore(self.jobs)
        # More at a time would be no faster, and lose more where the run is killed.
        self._playing = asyncio.Semaphore(self.jobs)
        self._rollouts: dict[Purpose, Rollout] = {}
        self._choosing = asyncio.Lock()
        self._ready: set[str] = set()

    async def __aenter__(self) -> Workshop:
        await self._crew.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End games, guests and connections."""
        await self._crew.__aexit__(None, None, None)
        await self._gate.aclose()
        await self._model.aclose()

    @property
    def hint(self) -> str:
        """What to look at where nothing can be played."""
        return getattr(self._model, "hint", "")

    async def judge(self, source: bytes, name: str) -> dict[str, Any]:
        """Return ``verdict``, ``report`` and ``feedback`` of the gate."""
        async with self._judging:
            report = await self._gate.verify(Design.from_bytes(source, path=name))
        return {
            "verdict": report.verdict.value,
            "report": report.to_json(),
            "feedback": Feedback.of(report).render(),
        }

    async def collect(self, advance: Advance) -> list[dict[str, Any]]:
        """Play the collection without a memory, as the episodes that designs learn from."""
        rollout = await self._rollout(Purpose.SEARCH)
        await self._prepare(rollout.collection_tasks)
        return [episode.to_json() for episode in await rollout.collect(advance)]

    async def sizes(self, purpose: Purpose) -> tuple[int, int]:
        """How many episodes a purpose takes: collected, and deployed with one design."""
        rollout = await self._rollout(purpose)
        deployed = len(rollout.deployment_tasks) * self._settings.repeats
        return len(rollout.collection_tasks), deployed

    async def probe(
        self, source: bytes, collection: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any] | None:
        """Say what a design says after the collection, before each of its episodes again.

        ``says`` is a digest of it; ``silent``: nothing at all. None where finding out would
        cost money, or the design breaks.
        """
        if not self._model.free:
            return None
        rollout = await self._rollout(Purpose.SEARCH)
        episodes = [Episode.from_json(each) for each in collection]
        async with self._judging:
            answers = await rollout.answers(Design.from_bytes(source), episodes)
        if answers is None:
            return None
        told = json.dumps(answers, sort_keys=True).encode()
        return {"says": hashlib.sha256(told).hexdigest(), "silent": not any(answers)}

    async def play(
        self,
        source: bytes | None,
        *,
        digest: str,
        purpose: Purpose,
        collection: Sequence[Mapping[str, Any]],
        baseline: Mapping[str, float] | None,
        advance: Advance,
    ) -> Measured:
        """Play a purpose with a design, or without a memory (None).

        ``baseline``: per task, of no memory: with it, what is surely worse after one
        repeat is stopped there.
        """
        rollout = await self._rollout(purpose)
        await self._prepare(rollout.deployment_tasks)
        async with self._playing:
            if source is None:
                ran = await rollout.without_memory(advance)
            else:
                ran = await rollout.deploy(
                    Design.from_bytes(source, path=f"{digest[7:19]}.py"),
                    [Episode.from_json(each) for each in collection],
                    advance,
                    _hopeless(baseline) if baseline is not None else None,
                )
        return _measured(digest, purpose, ran)

    async def _prepare(self, tasks: Sequence[Task]) -> None:
        async with self._choosing:
            await self._crew.prepare([task for task in tasks if task.id not in self._ready], _quiet)
            self._ready.update(task.id for task in tasks)

    async def _rollout(self, purpose: Purpose) -> Rollout:
        async with self._choosing:
            if purpose not in self._rollouts:
                made = Rollout(
                    self._crew,
                    self._agent,
                    rollout_settings(self._settings, purpose),
                    policy=self.policy,
                    backend=self._backend,
                    model=self._model,
                    # A part of the episodes is kept by nobody, so the rest need not be played.
                    whole_or_nothing=True,
                )
                await made.choose()
                self._rollouts[purpose] = made
            return self._rollouts[purpose]


def rollout_settings(settings: RunSettings, purpose: Purpose) -> Settings:
    """What is played for a purpose.

    Training tasks for the search; the same ones with other chance for the validation; a
    held-out split, whole, for the confirmation.
    """
    confirming = purpose is Purpose.CONFIRMATION
    return Settings(
        split="in" if confirming else "train",
        whole=confirming,
        task_set=settings.task_set,
        mode=Mode(settings.rollout),
        repeats=settings.repeats,
        first_repeat=settings.repeats if purpose is Purpose.VALIDATION else 0,
        train_size=settings.train_size,
        tasks=None if confirming else settings.tasks,
        max_steps=settings.max_steps,
        seed=settings.seed,
    )


def _hopeless(baseline: Mapping[str, float]) -> Callable[[Sequence[Episode]], bool]:
    def surely_worse(episodes: Sequence[Episode]) -> bool:
        differences = [
            each.reward - baseline[each.task.id] for each in episodes if each.task.id in baseline
        ]
        if not differences:
            return False
        found = bootstrap(differences, confidence=_HOPELESS)
        return found.enough and found.high < 0

    return surely_worse


def _measured(digest: str, purpose: Purpose, ran: Deployment) -> Measured:
    sizes = [episode.retrieved_bytes for episode in ran.episodes]
    return Measured(
        digest=digest,
        purpose=purpose,
        played=tuple(
            Played(
                task=each.task.id,
                kind=each.task.kind,
                repeat=each.repeat,
                reward=each.reward,
                steps=len(each.steps),
            )
            for each in sorted(ran.episodes, key=lambda each: (each.repeat, each.task.id))
        ),
        failure=ran.failure.to_json() if ran.failure is not None else None,
        faults=ran.faults,
        stopped=ran.stopped,
        retrieved_bytes=round(sum(sizes) / len(sizes), 1) if sizes else 0.0,
        memory_bytes=ran.memory_bytes,
        costs={
            "agent_calls": ran.spent.calls,
            "agent_tokens": ran.spent.input_tokens + ran.spent.output_tokens,
            "design_calls": sum(each["answered"] for each in ran.model),
            "design_tokens": sum(
                each["input_tokens"] + each["output_tokens"] for each in ran.model
            ),
            "usd": round(ran.spent.usd + sum(each["usd"] for each in ran.model), 6),
        },
        evidence=tuple(_shown(episode) for episode in evidence(ran.episodes)),
        seconds=ran.seconds,
    )


def _shown(episode: Episode) -> dict[str, Any]:
    """An episode as a reflection reads it, bounded in size."""
    return {
        "task": episode.task.id,
        "kind": episode.task.kind,
        "reward": episode.reward,
        "init": _clipped(episode.init),
        "memory": json.dumps(episode.retrieved, ensure_ascii=False)[:_MAX_RETRIEVED],
        "steps": [_clipped(step) for step in episode.steps[:_MAX_STEPS]],
    }


def _clipped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value[:_MAX_TEXT] if isinstance(value, str) else value
        for key, value in values.items()
        if not isinstance(value, list | dict)
    }


def _same(what: str, wanted: str, found: str) -> None:
    if wanted and wanted != found:
        raise UsageError(
            f"{what} is not the one that this run was begun with",
            hint="a run goes on with what it began with; begin a new one for the new version",
        )


def _quiet() -> None:
    """Preparing tells nobody."""
