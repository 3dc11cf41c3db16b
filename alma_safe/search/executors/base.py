"""What a place for the work of a run offers. Plain data goes in and comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from alma_safe.search.records import Measured, Purpose
from alma_safe.search.watch import Advance


class Executor(Protocol):
    """Judges and plays; :class:`alma_safe.search.workshop.Workshop` is the local one.

    Faults that are not a design's raise InfrastructureError.
    """

    async def judge(self, source: bytes, name: str) -> dict[str, Any]:
        """Return ``verdict``, ``report`` and ``feedback`` of the gate."""

    async def collect(self, advance: Advance) -> list[dict[str, Any]]:
        """Play the collection without a memory, all of it. Raises EpisodeLost."""

    async def sizes(self, purpose: Purpose) -> tuple[int, int]:
        """How many episodes are collected, and deployed with one design."""

    async def probe(
        self, source: bytes, collection: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any] | None:
        """Say what a design says after the collection: ``says`` is a digest of it.

        ``silent``: it says nothing at all. None where finding out would cost money, or the
        design breaks.
        """

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

        ``faults`` of what is returned: not all of it could be played, and it is no result.
        """

    async def aclose(self) -> None:
        """Release what it holds."""
