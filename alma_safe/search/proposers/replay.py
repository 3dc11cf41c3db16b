"""Proposes what another run proposed, slot by slot: a run again without its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alma_safe.search.archive import Reader
from alma_safe.search.proposers.base import Attempt, Brief, Reflection, Written


class ReplayProposer:
    """See :class:`alma_safe.search.proposers.base.Proposer`. Costs nothing."""

    name = "replay"
    price = None

    def __init__(self, recorded: Reader) -> None:
        self._recorded = recorded
        self._proposals = {
            (each.step, each.slot, each.attempt): each for each in recorded.proposals()
        }
        self.reflects = any(
            recorded.reflection(step, slot) is not None
            for step, parents in recorded.steps().items()
            for slot in range(len(parents))
        )

    async def reflect(self, brief: Brief) -> Reflection:
        """What was reflected then."""
        found = self._recorded.reflection(brief.step, brief.slot)
        if found is None:
            return Reflection(note="the recorded run has no reflection here")
        return Reflection(body=found.get("reflection", {}), note=found.get("note", ""))

    async def propose(self, brief: Brief, reflection: Mapping[str, Any]) -> Written:
        """What was proposed then."""
        return self._recorded_at(brief, 0)

    async def repair(self, brief: Brief, attempts: Sequence[Attempt]) -> Written:
        """What was repaired then."""
        return self._recorded_at(brief, len(attempts))

    async def aclose(self) -> None:
        """Close the recorded run."""
        self._recorded.close()

    def _recorded_at(self, brief: Brief, attempt: int) -> Written:
        found = self._proposals.get((brief.step, brief.slot, attempt))
        if found is None:
            return Written(source=b"", note="the recorded run has no proposal here")
        if not found.digest:
            return Written(source=b"", note=str(found.detail.get("note", "")))
        return Written(source=self._recorded.source(found.digest), detail=found.detail)
