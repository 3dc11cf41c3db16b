"""What a run has played: kept where it was played whole, tried again where our side failed.

Episodes that are lost say nothing about a design, and what is left of them says too little:
a score over other tasks than those of the rest would steer the search. So nothing is kept of
such an evaluation but what it cost, and a run that cannot go on ends as one that was killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma_safe.domains.lost import EpisodeLost
from alma_safe.errors import InfrastructureError
from alma_safe.search.archive import Archive
from alma_safe.search.executors.base import Executor
from alma_safe.search.records import Measured, Purpose
from alma_safe.search.watch import Watch
from alma_safe.text import counted

TRIES = 3
"""Times that something is played before our side is held to be down."""


class Playing:
    """Plays for one run. Raises InfrastructureError where it cannot be done now."""

    def __init__(self, archive: Archive, executor: Executor, watch: Watch) -> None:
        self._archive = archive
        self._executor = executor
        self._watch = watch
        self._down = False

    async def collected(self) -> None:
        """Have the episodes that designs learn from."""
        if self._archive.collection() is not None:
            return
        total, _ = await self._executor.sizes(Purpose.SEARCH)
        told = ""
        for _ in range(TRIES):
            try:
                found = await self._executor.collect(self._watch.phase("collecting", total))
            except EpisodeLost as lost:
                spent = lost.spent
                costs = {
                    "agent_tokens": spent.input_tokens + spent.output_tokens,
                    "usd": spent.usd,
                }
                told = lost.message
                self._lost("the collection", costs, told)
            else:
                self._archive.put_collection(found)
                return
        raise self._gone("the collection", told)

    async def measured(
        self,
        digest: str,
        purpose: Purpose,
        *,
        name: str,
        baseline: Mapping[str, float] | None = None,
    ) -> Measured:
        """What was played for a purpose with a design, or with no memory (an empty digest).

        ``baseline``: see :meth:`alma_safe.search.executors.base.Executor.play`.
        """
        found = self._archive.evaluation(digest, purpose)
        if found is not None:
            return found
        _, total = await self._executor.sizes(purpose)
        for _ in range(TRIES):
            found = await self._executor.play(
                self._archive.source(digest) if digest else None,
                digest=digest,
                purpose=purpose,
                collection=(self._archive.collection() or ()) if digest else (),
                baseline=baseline,
                advance=self._watch.phase(name, total),
            )
            # A design that broke has done so whatever else went wrong.
            if found.failure is not None or (not found.faults and found.played):
                self._archive.put_evaluation(found)
                return found
            why = found.faults[0] if found.faults else "nothing was played"
            told = f"{len(found.faults)} of {counted(total, 'episode')} were lost: {why}"
            self._lost(name, found.costs, told, found.seconds)
            if self._down:
                break  # others have waited for it long enough
        raise self._gone(name, told)

    def _lost(self, name: str, costs: Mapping[str, Any], told: str, seconds: float = 0.0) -> None:
        self._archive.put_lost(name, costs, seconds)
        self._watch.said(f"{name} is not scored: {told}")

    def _gone(self, name: str, told: str) -> InfrastructureError:
        self._down = True
        hint = getattr(self._executor, "hint", "")
        return InfrastructureError(
            f"{name} could not be played whole: {told}",
            hint="nothing is scored by halves, and what was played whole is kept: "
            "go on with --resume" + (f"\n{hint}" if hint else ""),
        )
