"""The loop: no memory first, then step after step, then the winner confirmed.

A step is rounds of work on its slots. What is done in a round is written down as it comes;
what is decided between rounds follows from what is written alone. So a run that was killed
goes on exactly, and neither the order in which slots are ready nor the number of processes
has any influence.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from alma_safe.errors import InfrastructureError
from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget, Cost, estimate
from alma_safe.search.confirmation import Outcome, confirmed
from alma_safe.search.executors.base import Executor
from alma_safe.search.failures import Breakage, breakages, examples, lessons
from alma_safe.search.playing import Playing
from alma_safe.search.proposers.base import Brief, Known, Proposer
from alma_safe.search.proposers.genetic import ranked
from alma_safe.search.purse import Purse, of_collection
from alma_safe.search.records import Candidate, Measured, Purpose, State
from alma_safe.search.samplers import drawn, sampler
from alma_safe.search.step import Slot, Step
from alma_safe.search.trees.client import Trees
from alma_safe.search.watch import Watch
from alma_safe.text import counted

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
        self._began = self._noted = clock()
        self._before_s = archive.elapsed_s()
        self._settings = archive.settings
        self._sampler = sampler(self._settings.sampler)
        self._over = ""
        self._playing = Playing(archive, executor, watch)

    async def run(self, steps: int) -> Outcome:
        """Go on until ``steps`` are done or a budget is spent, then confirm the winner.

        Raises InfrastructureError where our side, or the model, cannot go on; what was
        done until then is kept.
        """
        try:
            outcome = await self._run(steps)
        finally:
            # An error that ends the run is not to be hidden by a disk that is full.
            with contextlib.suppress(InfrastructureError):
                self._note_time()
        self._archive.event("ended", stopped=outcome.stopped)
        return outcome

    async def _run(self, steps: int) -> Outcome:
        baseline = await self._baseline()
        if baseline is None:
            return Outcome(steps=steps, stopped=self._over)
        await self._estimated(steps, baseline)
        done = {each.step for each in self._archive.candidates()}
        begun = self._archive.steps()
        for number in range(steps + 1):
            if number in done:
                continue
            self._note_time()
            parents = list(begun.get(number, ()))
            if not parents:
                parents = self._parents(number, baseline)
                if not parents:
                    break
                self._archive.begin_step(number, parents)
            self._watch.step(number, parents)
            await self._step(number, parents, baseline)
        purse = Purse(self._archive, self._executor, self._budget)
        return await confirmed(self._archive, self._playing, purse, stopped=self._over, steps=steps)

    async def _baseline(self) -> Measured | None:
        """The collection, and what no memory scores: both are there before any design.

        None where the budget has no room for them.
        """
        if self._archive.collection() is None:
            if self._ending(self._budget.over(self._archive.spent(), self._hours())):
                return None
            await self._playing.collected()
        if self._archive.evaluation("", Purpose.SEARCH) is None:
            _, episodes = await self._executor.sizes(Purpose.SEARCH)
            spent, collected = self._archive.spent(), self._archive.collection() or ()
            short = self._budget.over(spent, self._hours())
            cost = of_collection(collected, episodes)
            if self._ending(short or self._budget.short(spent, cost)):
                return None
        found = await self._playing.measured("", Purpose.SEARCH, name="no memory")
        self._watch.said(f"no memory scores {found.score:.3f}")
        return found

    async def _estimated(self, steps: int, baseline: Measured) -> None:
        purposes = [Purpose.SEARCH]
        if self._settings.confirm:
            purposes.append(Purpose.CONFIRMATION)
        episodes = {each: (await self._executor.sizes(each))[1] for each in purposes}
        price, limits = self._proposer.price, self._budget.limits
        self._watch.said(estimate(self._settings, steps, baseline, episodes, price, limits))

    def _ending(self, why: str) -> bool:
        """Say why the run ends, where it does."""
        self._over = why
        if why:
            self._watch.said(f"ending: {why}")
        return bool(why)

    def _hours(self) -> float:
        """Hours that the run has been worked on, those before it went on included."""
        return (self._before_s + self._clock() - self._began) / 3600

    def _note_time(self) -> None:
        """Keep how long it went on since the last time: a run that goes on counts from there."""
        now = self._clock()
        self._archive.event("clock", s=round(now - self._noted, 3))
        self._noted = now

    def _parents(self, step: int, baseline: Measured) -> list[str]:
        """One parent for each slot of a step; none where the run is over."""
        settings, spent = self._settings, self._archive.spent()
        over = self._budget.over(spent, self._hours())
        if self._ending(over or self._budget.hopeless(self._archive.candidates())):
            return []
        wanted = settings.parents if step else len(settings.seeds) or 1
        first = Cost.like(baseline, len(baseline.played))
        count = self._budget.room(spent, wanted, first)
        if step == 0:
            if count < wanted:
                left = f"{wanted - count} of {counted(wanted, 'seed')}"
                self._watch.said(f"the budget leaves out the last {left}")
            return [""] * count
        assert baseline.score is not None
        entries = self._archive.entries(baseline.score)
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
        told = lessons(self._archive.findings(), shown, step)
        broken = breakages(self._breakages(), step)
        return "\n\n".join(part for part in (told, broken) if part)

    def _breakages(self) -> list[Breakage]:
        found = []
        for each in self._archive.candidates():
            if each.state is State.FAILED:
                measured = self._archive.evaluation(each.digest, Purpose.SEARCH)
                if measured is not None and measured.failure is not None:
                    source = self._archive.source(each.digest)
                    found.append(Breakage(step=each.step, failure=measured.failure, source=source))
        return found
