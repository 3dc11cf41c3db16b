"""Evaluating designs on a domain: prepare, collect, the baseline, then each design."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alma_safe import __version__
from alma_safe.design import Design
from alma_safe.domains.agents.base import Agent
from alma_safe.domains.crew import Crew
from alma_safe.domains.evaluation import Evaluation, Result
from alma_safe.domains.pack import Pack
from alma_safe.domains.rollout import Advance, Rollout
from alma_safe.domains.settings import Settings
from alma_safe.domains.statistics import mean
from alma_safe.policy import Policy
from alma_safe.sandbox.base import Backend
from alma_safe.sandbox.broker.model import Model

type Phase = Callable[[str, int], contextlib.AbstractContextManager[Advance]]
"""Opens a phase of so many parts, each of which is told to what it gives."""

NO_MEMORY = "no memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is asked: which domain and agent, on which tasks, with which sandbox and model.

    ``update_sizes``: sizes of the collection for a learning curve; empty for none.
    """

    pack: Pack
    agent: Agent
    settings: Settings
    policy: Policy
    backend: Backend
    model: Model
    jobs: int
    update_sizes: tuple[int, ...] = ()

    async def evaluate(
        self, designs: Sequence[Design], phase: Phase, rival: Design | None = None
    ) -> Evaluation:
        """Evaluate designs that have passed the gate, and compare each with ``rival`` as well.

        Raises UsageError for a selection without tasks, InfrastructureError where our
        side cannot play the collection or open a sandbox.
        """
        task_set = self.settings.task_set or self.pack.task_sets[0]
        settings = replace(self.settings, task_set=task_set)
        async with Crew(self.pack, jobs=self.jobs) as crew:
            rollout = Rollout(
                crew,
                self.agent,
                settings,
                policy=self.policy,
                backend=self.backend,
                model=self.model,
            )
            await rollout.choose()
            tasks = rollout.collection_tasks + rollout.deployment_tasks
            with phase("preparing games", len(tasks)) as advance:
                await crew.prepare(tasks, advance)
            with phase("collecting", len(rollout.collection_tasks)) as advance:
                collection = await rollout.collect(advance)
            episodes = len(rollout.deployment_tasks) * settings.repeats
            with phase(NO_MEMORY, episodes) as advance:
                alone = await rollout.without_memory(advance)
            baseline = Result(name=NO_MEMORY, digest="", deployment=alone, train_size=0)
            results: list[Result] = []
            curves: dict[str, tuple[Result, ...]] = {}

            async def deployed(design: Design, size: int) -> Result:
                with phase(f"{design.path} ({size})", episodes) as advance:
                    ran = await rollout.deploy(design, collection[:size], advance)
                return Result(
                    name=design.path, digest=design.digest or "", deployment=ran, train_size=size
                )

            opposed = await deployed(rival, len(collection)) if rival is not None else None
            for design in designs:
                if opposed is not None and opposed.digest == (design.digest or ""):
                    # The same bytes again would only take their time again.
                    results.append(replace(opposed, name=design.path))
                else:
                    results.append(await deployed(design, len(collection)))
                if self.update_sizes:
                    whole = results[-1]
                    curves[design.path] = tuple(
                        [
                            whole if size == len(collection) else await deployed(design, size)
                            for size in self._sizes(len(collection))
                        ]
                    )
        setting = {
            "tool_version": __version__,
            "domain": self.pack.name,
            "title": self.pack.title,
            "domain_digest": self.pack.digest,
            "policy": self.policy.name,
            "policy_digest": self.policy.digest,
            "agent": self.agent.name,
            "agent_version": self.agent.version,
            "task_set": task_set,
            "split": settings.split,
            "mode": settings.mode.value,
            "repeats": settings.repeats,
            "tasks": len(rollout.deployment_tasks),
            "collected": len(collection),
            "collection_reward": round(mean([e.reward for e in collection]), 6)
            if collection
            else 0.0,
            "max_steps": settings.max_steps or self.pack.max_steps,
            "seed": settings.seed,
        }
        return Evaluation(
            setting=setting,
            baseline=baseline,
            results=tuple(results),
            curves=curves,
            rival=opposed,
        )

    def _sizes(self, collected: int) -> list[int]:
        return sorted({min(size, collected) for size in self.update_sizes})
