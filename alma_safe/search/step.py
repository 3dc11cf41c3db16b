"""One step: every slot is reflected on, written, judged, repaired and played, in rounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from alma_safe.domains.statistics import mean
from alma_safe.search.archive import Archive
from alma_safe.search.executors.base import Executor
from alma_safe.search.failures import broke
from alma_safe.search.playing import Playing
from alma_safe.search.proposers.base import (
    Attempt,
    Brief,
    Proposer,
    Stopped,
    Unfinished,
    Written,
)
from alma_safe.search.records import (
    Candidate,
    Judgement,
    Measured,
    Proposal,
    Purpose,
    RunSettings,
    State,
)
from alma_safe.search.trees.client import Trees
from alma_safe.search.watch import Watch
from alma_safe.text import visible

DUPLICATE = "duplicate"
"""The verdict on a design that passed the gate, but is or says the same as another."""

_JUDGED_AGAIN = 3
"""Times that the gate is asked before a fault of ours is one."""


@dataclass(slots=True, kw_only=True)
class Slot:
    """One place in a step as it is now. ``state`` is set once nothing more is done with it."""

    brief: Brief
    parent: str
    attempts: list[Attempt] = field(default_factory=list)
    waiting: tuple[Proposal, bytes] | None = None
    descriptors: dict[str, object] = field(default_factory=dict)
    state: State | None = None
    counted: bool = True
    note: str = ""
    measured: Measured | None = None

    @property
    def name(self) -> str:
        """As its candidate will be called."""
        return f"{self.brief.step}.{self.brief.slot}"

    def end(self, state: State, note: str = "") -> None:
        """Nothing more is done with it."""
        self.state, self.note = state, visible(note)


@dataclass(slots=True, kw_only=True)
class Step:
    """Works on slots until each has ended. ``said``: what a memory says -> the first to say it."""

    number: int
    slots: Sequence[Slot]
    archive: Archive
    executor: Executor
    playing: Playing
    proposer: Proposer
    trees: Trees
    watch: Watch
    settings: RunSettings
    baseline: Measured
    said: dict[str, str]

    async def run(self) -> list[Candidate]:
        """Return what came of every slot."""
        proposals = {(p.slot, p.attempt): p for p in self.archive.proposals(self.number)}
        judgements = {(j.slot, j.attempt): j for j in self.archive.judgements(self.number)}
        for attempt in range(self.settings.repairs + 1):
            await _together(
                self._written(slot, proposals.get((slot.brief.slot, attempt)))
                for slot in self.slots
                if slot.state is None and not _accepted(slot)
            )
            live = [slot for slot in self.slots if slot.waiting is not None]
            await self._judged(live, judgements, attempt)
            await self._compared([slot for slot in live if _accepted(slot)])
        for slot in self.slots:
            if slot.state is None and not _accepted(slot):
                _given_up(slot)
        left = [slot for slot in self.slots if slot.state is None]
        await _together((self._played(slot) for slot in left), whole=True)
        return [self._candidate(slot) for slot in self.slots]

    # -- writing ------------------------------------------------------------------

    async def _written(self, slot: Slot, kept: Proposal | None) -> None:
        """Have the next attempt at hand: the one that is kept, or a new one."""
        if kept is not None:
            if not kept.digest:
                return _not_written(slot, str(kept.detail.get("note", "")))
            slot.waiting = kept, self.archive.source(kept.digest)
            return None
        seeds = self.settings.seeds
        attempt = len(slot.attempts)
        if self.number == 0 and seeds:
            if attempt:
                # A seed is taken as it is: nobody repairs it.
                return _given_up(slot)
            name, digest = seeds[slot.brief.slot]
            written = Written(source=self.archive.source(digest), detail={"seed": name})
            origin = "seed"
        elif attempt:
            self.watch.at(slot.name, f"repairing ({attempt})")
            written = await self._paid(slot, self.proposer.repair(slot.brief, slot.attempts))
            origin = "repair"
        else:
            reflected = await self._reflected(slot)
            if slot.state is not None:
                return None
            self.watch.at(slot.name, "proposing")
            written = await self._paid(slot, self.proposer.propose(slot.brief, reflected))
            origin = "propose"
        if not written.source:
            return self._unwritten(slot, written, attempt, origin)
        form = await self.trees.form(written.source)
        proposal = Proposal(
            step=self.number,
            slot=slot.brief.slot,
            attempt=attempt,
            digest=self.archive.put_source(written.source),
            fingerprint=form.fingerprint,
            origin=origin,
            detail={**written.detail, "descriptors": dict(form.descriptors)},
        )
        self.archive.put_proposal(proposal, written.calls)
        slot.waiting = proposal, written.source
        return None

    async def _reflected(self, slot: Slot) -> dict[str, object]:
        if slot.brief.parent is None or not self.proposer.reflects:
            return {}
        kept = self.archive.reflection(self.number, slot.brief.slot)
        if kept is None:
            self.watch.at(slot.name, "reflecting")
            found = await self._paid(slot, self.proposer.reflect(slot.brief))
            kept = {"reflection": dict(found.body), "note": found.note}
            self.archive.put_reflection(self.number, slot.brief.slot, kept, found.calls)
        if not kept["reflection"]:
            # Nothing was found out: the parent has not been visited.
            slot.counted = False
            slot.end(State.UNPROPOSED, str(kept.get("note", "")))
        reflection: dict[str, object] = kept["reflection"]
        return reflection

    async def _paid[T](self, slot: Slot, asked: Awaitable[T]) -> T:
        """Wait for a proposer; what it paid for before it was cut short is kept."""
        try:
            return await asked
        except (Unfinished, Stopped) as error:
            if error.calls:
                self.archive.put_calls(self.number, slot.brief.slot, error.calls)
            raise

    def _unwritten(self, slot: Slot, written: Written, attempt: int, origin: str) -> None:
        """Keep that nobody wrote it: a run that goes on does not pay for that again."""
        proposal = Proposal(
            step=self.number,
            slot=slot.brief.slot,
            attempt=attempt,
            digest="",
            fingerprint="",
            origin=origin,
            detail={"note": written.note},
        )
        self.archive.put_proposal(proposal, written.calls)
        _not_written(slot, written.note)

    # -- judging ------------------------------------------------------------------

    async def _judged(
        self, live: Sequence[Slot], kept: dict[tuple[int, int], Judgement], attempt: int
    ) -> None:
        """Judge what is new; what is the same as an earlier one has its judgement already."""
        firsts: dict[str, Slot] = {}
        later: list[tuple[Slot, Slot]] = []
        new: list[Slot] = []
        for slot in live:
            assert slot.waiting is not None
            proposal = slot.waiting[0]
            earlier = self._same(proposal)
            if (slot.brief.slot, attempt) in kept:
                found = kept[slot.brief.slot, attempt]
                firsts.setdefault(proposal.fingerprint, slot)
                self._settle(slot, found, earlier)
            elif earlier is not None:
                self._settle(slot, self._reused(proposal, earlier), earlier)
            elif proposal.fingerprint in firsts:
                later.append((slot, firsts[proposal.fingerprint]))
            else:
                firsts[proposal.fingerprint] = slot
                new.append(slot)
        await _together(self._judge(slot) for slot in new)
        for slot, first in later:
            assert slot.waiting is not None
            earlier = first.attempts[-1].judgement
            self._settle(slot, self._reused(slot.waiting[0], earlier), earlier)

    def _same(self, proposal: Proposal) -> Judgement | None:
        """The judgement of the same design in an earlier step, or earlier in this one."""
        found = self.archive.judged(proposal.fingerprint, self.number)
        if found is not None:
            return found
        for slot in self.slots:
            for each in slot.attempts:
                known = each.proposal
                if (
                    known.fingerprint == proposal.fingerprint
                    and each.judgement.verdict in ("accepted", "rejected", DUPLICATE)
                    and (known.attempt, known.slot) < (proposal.attempt, proposal.slot)
                ):
                    return each.judgement
        return None

    def _reused(self, proposal: Proposal, earlier: Judgement) -> Judgement:
        found = replace(
            earlier,
            verdict="accepted" if earlier.verdict == DUPLICATE else earlier.verdict,
            step=self.number,
            slot=proposal.slot,
            attempt=proposal.attempt,
            reused=True,
        )
        self.archive.put_judgement(found)
        return found

    async def _judge(self, slot: Slot) -> None:
        assert slot.waiting is not None
        proposal, source = slot.waiting
        self.watch.at(slot.name, "in the gate")
        for _ in range(_JUDGED_AGAIN):
            told = await self.executor.judge(source, f"{slot.name}.py")
            if told["verdict"] in ("accepted", "rejected"):
                break
        judgement = Judgement(
            step=self.number, slot=proposal.slot, attempt=proposal.attempt, **told
        )
        self.archive.put_judgement(judgement)
        self._settle(slot, judgement, None)

    def _settle(self, slot: Slot, judgement: Judgement, earlier: Judgement | None) -> None:
        assert slot.waiting is not None
        proposal, source = slot.waiting
        slot.waiting = None
        slot.attempts.append(Attempt(proposal=proposal, source=source, judgement=judgement))
        slot.descriptors = dict(proposal.detail.get("descriptors", {}))
        if judgement.accepted and judgement.reused and earlier is not None:
            self._duplicate(slot, f"The design is the same as {earlier.step}.{earlier.slot}.")
        elif judgement.verdict not in ("accepted", "rejected"):
            slot.end(State.FAULT, f"the gate could not judge it: {judgement.stage}")

    # -- comparing ----------------------------------------------------------------

    async def _compared(self, live: Sequence[Slot]) -> None:
        """Find designs that say the same as others do: to play them would tell nothing new."""
        collection = self.archive.collection() or ()

        async def probe(slot: Slot) -> None:
            last = slot.attempts[-1]
            if self.archive.behaviour(last.proposal.digest) is None:
                found = await self.executor.probe(last.source, collection)
                self.archive.put_behaviour(last.proposal.digest, found or {})

        await _together(probe(slot) for slot in live)
        for slot in live:
            digest = slot.attempts[-1].proposal.digest
            found = self.archive.behaviour(digest) or {}
            says = found.get("says")
            # Seeds are played whatever they say: they are what others are compared with.
            if says is None or slot.attempts[-1].proposal.origin == "seed":
                if says is not None:
                    self.said.setdefault(says, slot.name)
            elif found.get("silent"):
                self._duplicate(slot, "The memory says nothing at all after the collection.")
            elif says in self.said:
                other = self.said[says]
                self._duplicate(
                    slot, f"The memory says the same as that of {other}, word for word."
                )
            else:
                self.said[says] = slot.name

    def _duplicate(self, slot: Slot, why: str) -> None:
        """Have it written anew, as if it had been refused."""
        last = slot.attempts[-1]
        told = f"{why}\nThe change has no effect: what is retrieved has to differ.\n"
        judgement = replace(last.judgement, verdict=DUPLICATE, feedback=told)
        slot.attempts[-1] = replace(last, judgement=judgement)

    # -- playing ------------------------------------------------------------------

    async def _played(self, slot: Slot) -> None:
        digest = slot.attempts[-1].proposal.digest
        self.watch.at(slot.name, "playing")
        measured = await self.playing.measured(
            digest,
            Purpose.SEARCH,
            name=slot.name,
            baseline=self.baseline.tasks if self.settings.early_stop else None,
        )
        slot.measured = measured
        if measured.failure is not None:
            text = measured.failure.get("text", "")
            slot.end(State.FAILED, f"{broke(measured.failure)}: {text}")
        elif measured.score is None:
            slot.end(State.FAULT, measured.faults[0] if measured.faults else "nothing was played")
        else:
            slot.end(State.EVALUATED, "stopped early" if measured.stopped else "")

    def _candidate(self, slot: Slot) -> Candidate:
        assert slot.state is not None
        last = slot.attempts[-1].proposal if slot.attempts else None
        evaluated = slot.state is State.EVALUATED
        score = slot.measured.score if slot.measured is not None and evaluated else None
        return Candidate(
            step=self.number,
            slot=slot.brief.slot,
            parent=slot.parent,
            state=slot.state,
            counted=slot.counted,
            digest=last.digest if last is not None else "",
            fingerprint=last.fingerprint if last is not None else "",
            attempts=len(slot.attempts),
            score=score,
            difference=self._difference(slot) if evaluated else None,
            descriptors=slot.descriptors,
            note="; ".join(part for part in (self._seed(slot), slot.note) if part),
        )

    def _seed(self, slot: Slot) -> str:
        """The name of the file that a seed came from."""
        named = self.number == 0 and self.settings.seeds
        return visible(self.settings.seeds[slot.brief.slot][0]) if named else ""

    def _difference(self, slot: Slot) -> float | None:
        assert slot.measured is not None
        alone, mine = self.baseline.tasks, slot.measured.tasks
        both = [mine[task] - alone[task] for task in mine if task in alone]
        return mean(both) if both else None


def _accepted(slot: Slot) -> bool:
    return bool(slot.attempts) and slot.attempts[-1].judgement.accepted


def _not_written(slot: Slot, note: str) -> None:
    if slot.attempts:
        _given_up(slot, f"not repaired: {note}")
    else:
        slot.end(State.UNPROPOSED, note)


def _given_up(slot: Slot, note: str = "") -> None:
    """End a slot whose last attempt was refused, or is a duplicate, and is not written anew."""
    last = slot.attempts[-1].judgement
    if last.verdict == DUPLICATE:
        same = last.feedback.partition("\n")[0]
        slot.end(State.DUPLICATE, f"{same} ({note})" if note else same)
    else:
        slot.end(State.REJECTED, note or last.stage)


async def _together(work: Iterable[Awaitable[None]], *, whole: bool = False) -> None:
    """Do all of it at the same time; the first error ends the rest, after it has stopped.

    ``whole``: the rest is finished first, for it was paid for and is kept.
    """
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        if whole and tasks:
            await asyncio.wait(tasks)
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
