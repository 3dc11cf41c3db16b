"""Who is told how a run goes: the terminal, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from alma_safe.search.records import Candidate

type Advance = Callable[[], None]


class Watch(Protocol):
    """Told as things happen. Nothing follows from what it does."""

    def phase(self, name: str, total: int) -> Advance:
        """Something is played that takes so many episodes; told after each."""

    def step(self, number: int, parents: Sequence[str]) -> None:
        """A step begins, with one parent for each slot."""

    def at(self, name: str, what: str) -> None:
        """Where a candidate is: reflecting, proposing, in the gate, played."""

    def ended(self, candidate: Candidate) -> None:
        """What came of a candidate."""

    def said(self, line: str) -> None:
        """Something that people want to know of the run."""


class Nobody:
    """A watch that looks away."""

    def phase(self, name: str, total: int) -> Advance:
        """See :class:`Watch`."""
        return lambda: None

    def step(self, number: int, parents: Sequence[str]) -> None:
        """See :class:`Watch`."""

    def at(self, name: str, what: str) -> None:
        """See :class:`Watch`."""

    def ended(self, candidate: Candidate) -> None:
        """See :class:`Watch`."""

    def said(self, line: str) -> None:
        """See :class:`Watch`."""
