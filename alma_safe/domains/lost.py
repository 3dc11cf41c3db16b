"""An episode that our side could not play. It is reported, never scored as a zero."""

from __future__ import annotations

from alma_safe.errors import InfrastructureError


class EpisodeLost(InfrastructureError):
    """Says nothing about a design."""


class WorkerLost(EpisodeLost):
    """A worker died, hung, or the code of its domain broke: the episode may be played again."""


class AgentDown(EpisodeLost):
    """The agent's model could not be asked, even after waiting."""
