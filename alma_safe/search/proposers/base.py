"""What a proposer is: it writes a design for a slot of a step, and repairs what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from alma_safe.errors import InfrastructureError
from alma_safe.policy import Price
from alma_safe.search.records import Call, Candidate, Judgement, Measured, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A design of the archive with its source, and what was played with it."""

    candidate: Candidate
    source: bytes
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a proposer is told of a slot.

    ``parent``: None where there is none yet. ``before``: the parent's own parent, and what
    was suggested then. ``pool``: designs that may give parts, the best first. ``lessons``:
    what designs of this run were refused for. ``baseline``: the score of no memory.
    """

    step: int
    slot: int
    seed: int
    parent: Known | None
    pool: Sequence[Known] = ()
    before: Known | None = None
    suggestion: Mapping[str, Any] | None = None
    lessons: str = ""
    baseline: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A proposal that was judged, with its source."""

    proposal: Proposal
    source: bytes
    judgement: Judgement


class Unfinished(InfrastructureError):
    """An outage in the middle: ``calls`` are answers that were paid for and led to nothing."""

    def __init__(self, message: str, *, hint: str = "", calls: tuple[Call, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.calls = calls


class Stopped(asyncio.CancelledError):
    """Somebody stopped it in the middle: ``calls`` as in :class:`Unfinished`."""

    def __init__(self, calls: tuple[Call, ...]) -> None:
        super().__init__()
        self.calls = calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What was found out about a parent; ``body`` is empty where nothing was."""

    body: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A source that a proposer wrote; an empty one: it wrote none, ``note`` says why."""

    source: bytes
    detail: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    note: str = ""


class Proposer(Protocol):
    """Writes designs. The same brief gives the same design, where it asks no model."""

    @property
    def name(self) -> str:
        """As ``--proposer`` has it."""

    @property
    def reflects(self) -> bool:
        """Whether it reflects on a parent before it proposes."""

    @property
    def price(self) -> Price | None:
        """Of the model that it asks; None where it asks none."""

    async def reflect(self, brief: Brief) -> Reflection:
        """Find out what is wrong with a parent. Raises Unfinished for an outage."""

    async def propose(self, brief: Brief, reflection: Mapping[str, Any]) -> Written:
        """Write a design. Raises Unfinished for an outage."""

    async def repair(self, brief: Brief, attempts: Sequence[Attempt]) -> Written:
        """Write the last attempt anew, given what it and those before were refused for."""

    async def aclose(self) -> None:
        """Release what it holds."""
