"""An episode that our side could not play. It is reported, never scored as a zero."""

from __future__ import annotations

from alma_safe.domains.agents.base import Spent
from alma_safe.errors import InfrastructureError


class EpisodeLost(InfrastructureError):
    """Says nothing about a design. ``spent``: what was paid all the same, where that is known."""

    def __init__(self, message: str, *, hint: str = "", spent: Spent | None = None) -> None:
        super().__init__(message, hint=hint)
        self.spent = spent or Spent()


class WorkerLost(EpisodeLost):
    """A worker died, hung, or the code of its domain broke: the episode may be played again."""


class DomainBroke(WorkerLost):
    """The code of a domain raised; ``text`` is what it said."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class AgentDown(EpisodeLost):
    """The agent's model could not be asked, even after waiting."""
