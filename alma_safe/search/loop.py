"""The loop: no memory first, then step after step, then the winner confirmed.

A step is rounds of work on its slots. What is done in a round is written down as it comes;
what is decided between rounds follows from what is written alone. So a run that was killed
goes on exactly, and neither the order in which slots are ready nor the number of processes
has any influence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget, estimate
from alma_safe.search.confirmation import Outcome, confirmed
from alma_safe.search.executors.base import Executor
from alma_safe.search.failures import examples, lessons
from alma_safe.search.playing import Playing
from alma_safe.search.proposers.base import Brief, Known, Proposer
from alma_safe.search.proposers.genetic import ranked
from alma_safe.search.records import Candidate, Measured, Purpose, State
from alma_safe.search.samplers import drawn, sampler
from alma_safe.search.step import Slot, Step
from alma_safe.search.trees.client import Trees
from alma_safe.search.watch import Watch

_POOL = 40
"""Designs that may give parts to others: the best so many."""


class Search:
    """One run, new or going on. ``clock`` gives seconds; budgets of time are by it."""

    def __init__(
        self,
        archive: Archive,
        executor: Executor,
        proposer: Proposer,
        trees: Trees,
        watch: Watch,
        *,
        budget: Budget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._archive = archive
        self._executor = executor
        self._proposer = proposer
        self._trees = trees
        self._watch = watch
        self._budget = budget
        self._clock = clock
        self._began = clock()
        self._settings = archive.settings
        self._sampler = sampler(self._settings.sampler)
        self._over = ""
        self._playing = Playing(archive, executor, watch)

    async def run(self, steps: int) -> Outcome:
        """Go on until ``steps`` are done or a budget is spent, then confirm the winner.

        Raises InfrastructureError where our side, or the model, cannot go on; what was
        done until then is kept.
        """
        baseline = await self._baseline()
        _, episodes = await self._executor.sizes(Purpose.SEARCH)
        price = self._proposer.price
        self._watch.said(estimate(self._settings, steps, baseline, episodes, price))
        done = {each.step for each in self._archive.candidates()}
        begun = self._archive.steps()
        for number in range(steps + 1):
            if number in done:
                continue
            parents = list(begun.get(number, ()))
            if not parents:
                parents = self._parents(number)
                if not parents:
                    break
                self._archive.begin_step(number, parents)
            self._watch.step(number, parents)
            await self._step(number, parents, baseline)
        outcome = await confirmed(self._archive, self._playing, stopped=self._over, steps=steps)
        self._archive.event("ended", stopped=self._over)
        return outcome

    async def _baseline(self) -> Measured:
        """The collection, and what no memory scores: both are there before any design."""
        await self._playing.collected()
        found = await self._playing.measured("", Purpose.SEARCH, name="no memory")
        self._watch.said(f"no memory scores {found.score:.3f}")
        return found

    def _parents(self, step: int) -> list[str]:
        """One parent for each slot of a step; none where the run is over."""
        settings = self._settings
        if step == 0:
            return [""] * (len(settings.seeds) or 1)
        spent = self._archive.spent()
        self._over = self._budget.over(spent, (self._clock() - self._began) / 3600)
        candidates = self._archive.candidates()
        self._over = self._over or self._budget.hopeless(candidates)
        if self._over:
            self._watch.said(f"ending: {self._over}")
            return []
        count = self._budget.room(spent, settings.parents)
        alone = self._archive.evaluation("", Purpose.SEARCH)
        entries = self._archive.entries((alone.score if alone is not None else None) or 0.0)
        found = drawn(self._sampler, entries, count, settings.seed, step)
        # Without a design to begin from, another first one is tried.
        return found or [""]

    async def _step(self, number: int, parents: Sequence[str], baseline: Measured) -> None:
        candidates = self._archive.candidates()
        by_name = {each.name: each for each in candidates}
        evaluated = [each for each in candidates if each.state is State.EVALUATED]
        best = sorted(evaluated, key=lambda e: (-(e.score or 0.0), e.step, e.slot))[:_POOL]
        pool = ranked([self._known(each) for each in best])
        told = self._lessons(number)
        slots = []
        for place, parent in enumerate(parents):
            known = self._known(by_name[parent], played=True) if parent else None
            before = by_name.get(known.candidate.parent) if known is not None else None
            suggestion = None
            if known is not None and before is not None:
                suggestion = self._archive.reflection(known.candidate.step, known.candidate.slot)
            brief = Brief(
                step=number,
                slot=place,
                seed=self._settings.seed,
                parent=known,
                pool=pool,
                before=self._known(before) if before is not None else None,
                suggestion=(suggestion or {}).get("reflection"),
                lessons=told,
                baseline=baseline.score or 0.0,
            )
            slots.append(Slot(brief=brief, parent=parent))
        step = Step(
            number=number,
            slots=slots,
            archive=self._archive,
            executor=self._executor,
            playing=self._playing,
            proposer=self._proposer,
            trees=self._trees,
            watch=self._watch,
            settings=self._settings,
            baseline=baseline,
            said=self._said(evaluated),
        )
        found = await step.run()
        self._archive.end_step(found)
        for each in found:
            self._watch.ended(each)

    def _said(self, evaluated: Sequence[Candidate]) -> dict[str, str]:
        """What memories of the archive say -> the first of them."""
        found: dict[str, str] = {}
        for each in evaluated:
            says = (self._archive.behaviour(each.digest) or {}).get("says")
            if says is not None:
                found.setdefault(says, each.name)
        return found

    def _known(self, candidate: Candidate, *, played: bool = False) -> Known:
        measured = None
        if played:
            measured = self._archive.evaluation(candidate.digest, Purpose.SEARCH)
        return Known(
            candidate=candidate, source=self._archive.source(candidate.digest), measured=measured
        )

    def _lessons(self, step: int) -> str:
        if not self._settings.failure_memory or not self._proposer.reflects:
            return ""
        shown = examples(self._archive.judgements(), step)
        return lessons(self._archive.findings(), shown, step)
