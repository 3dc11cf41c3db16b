"""Proposes without a model: parts of archived designs, recombined and mutated as trees.

A proposal is a parent and a few mutations, each with its own seed, so that it can be made
again with some of them changed: that is how it repairs. The mutation that left its marks at
the line of a finding is drawn anew, and left out the next time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence, Set
from typing import Any

from alma_safe.domains.episode import seed_of
from alma_safe.search.proposers.base import Attempt, Brief, Known, Reflection, Written
from alma_safe.search.trees.client import Trees

_WEIGHTS = {
    "graft": 4, "tune": 4, "silence": 3, "drop": 2, "partition": 2, "duplicate": 1, "relax": 2,
}  # fmt: skip
"""How often an operation is drawn; `tests/search` shows that each of them is of use."""

_MORE = 0.45
"""Chance of one more mutation in the same child."""

_MOST = 4
_TRIES = 8
_NEAR = 2
"""Lines between a finding and the mark of a mutation that is held to be its cause."""


class GeneticProposer:
    """See :class:`alma_safe.search.proposers.base.Proposer`."""

    name = "genetic"
    reflects = False
    price = None

    def __init__(self, trees: Trees) -> None:
        self._trees = trees

    async def reflect(self, brief: Brief) -> Reflection:
        """Nothing: chance takes the place of insight."""
        return Reflection()

    async def propose(self, brief: Brief, reflection: Mapping[str, Any]) -> Written:
        """Mutate the parent until a child comes of it that differs from it."""
        if brief.parent is None:
            return Written(source=b"", note="there is no design to begin from: give --seeds")
        chance = random.Random(seed_of(brief.seed, "genetic", brief.step, brief.slot))
        for _ in range(_TRIES):
            mutations = [self._mutation(chance, brief)]
            while len(mutations) < _MOST and chance.random() < _MORE:
                mutations.append(self._mutation(chance, brief))
            written = await self._child(brief, mutations)
            if written.source:
                return written
        return Written(source=b"", note=f"no mutation changed anything, {_TRIES} times")

    async def repair(self, brief: Brief, attempts: Sequence[Attempt]) -> Written:
        """Draw the mutation anew that is at the finding's line, or leave it out."""
        last = attempts[-1]
        mutations = [dict(each) for each in last.proposal.detail.get("mutations", ())]
        if not mutations:
            return Written(source=b"", note="nothing is left to undo")
        chance = random.Random(seed_of(brief.seed, "repair", brief.step, brief.slot, len(attempts)))
        known = {each.source for each in attempts}
        if last.judgement.verdict == "duplicate":
            return await self._further(chance, brief, mutations, known)
        guilty = _guilty(mutations, _lines(last))
        if guilty == len(mutations):
            guilty = chance.randrange(len(mutations))
        for _ in range(_TRIES):
            if len(mutations) > 1 and len(attempts) > 1:
                changed = mutations[:guilty] + mutations[guilty + 1 :]
            else:
                changed = [*mutations]
                changed[guilty] = self._mutation(chance, brief)
            written = await self._child(brief, changed)
            if written.source and written.source not in known:
                return written
            mutations, guilty = changed, chance.randrange(len(changed))
        return Written(source=b"", note="every way to undo it leads back to the parent")

    async def _further(
        self,
        chance: random.Random,
        brief: Brief,
        mutations: Sequence[dict[str, Any]],
        known: Set[bytes],
    ) -> Written:
        """One mutation more, or another first one: what there is has changed nothing."""
        for _ in range(_TRIES):
            kept = list(mutations) if len(mutations) < _MOST else []
            written = await self._child(brief, [*kept, self._mutation(chance, brief)])
            if written.source and written.source not in known:
                return written
        return Written(source=b"", note="no further mutation changed anything")

    async def aclose(self) -> None:
        """End the worker that makes trees."""
        await self._trees.aclose()

    def _mutation(self, chance: random.Random, brief: Brief) -> dict[str, Any]:
        assert brief.parent is not None
        others = [each for each in brief.pool if each.candidate.name != brief.parent.candidate.name]
        op = chance.choices(sorted(_WEIGHTS), [_WEIGHTS[name] for name in sorted(_WEIGHTS)])[0]
        mutation: dict[str, Any] = {"op": op, "seed": chance.randrange(2**31)}
        if op == "graft" and others:
            # The best first: half of the draws fall on the best fourth or so.
            place = int(len(others) * chance.random() ** 2)
            mutation["donor"] = others[place].candidate.digest
        return mutation

    async def _child(self, brief: Brief, mutations: Sequence[Mapping[str, Any]]) -> Written:
        assert brief.parent is not None
        wanted = {each.get("donor") for each in mutations}
        donors = {
            each.candidate.digest: each.source.decode()
            for each in brief.pool
            if each.candidate.digest in wanted
        }
        bare = [
            {key: each[key] for key in ("op", "seed", "donor") if key in each} for each in mutations
        ]
        bred = await self._trees.child(brief.parent.source.decode(), bare, donors)
        if bred is None or not any(each["did"] for each in bred.mutations):
            return Written(source=b"")
        kept = [dict(each) for each in bred.mutations if each["did"]]
        return Written(source=bred.source.encode(), detail={"mutations": kept})


def _lines(attempt: Attempt) -> list[int]:
    """The lines of what refused a design, the first cause first."""
    return [
        finding["line"]
        for stage in attempt.judgement.report.get("stages", ())
        for finding in stage["findings"]
        if finding["severity"] == "error" and finding["line"]
    ]


def _guilty(mutations: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> int:
    """The mutation nearest to the first line that one is near to; their number for none."""
    for line in lines:
        near = [
            (min((abs(line - mark) for mark in each.get("lines", ())), default=10**9), number)
            for number, each in enumerate(mutations)
        ]
        distance, number = min(near)
        if distance <= _NEAR:
            return number
    return len(mutations)


def ranked(pool: Sequence[Known]) -> list[Known]:
    """Designs by their score, the best first; earlier ones first where equal."""
    return sorted(
        pool,
        key=lambda each: (-(each.candidate.score or 0.0), each.candidate.step, each.candidate.slot),
    )
