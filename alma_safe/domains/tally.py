"""What playing takes however it ends, and when the rest of it is not worth playing."""

from __future__ import annotations

from alma_safe.domains.agents.base import Spent
from alma_safe.domains.lost import EpisodeLost


class Tally:
    """Kept over the episodes of one collection or deployment.

    ``whole``: they are worth something all together alone, so that the first one that is
    lost ends the others: an outage would otherwise be waited for in each of them.
    """

    def __init__(self, *, whole: bool) -> None:
        self.spent = Spent()
        self._whole = whole
        self._lost: EpisodeLost | None = None

    def add(self, spent: Spent) -> None:
        """Count what an episode took, or a part of one that came to nothing."""
        self.spent += spent

    def lost(self, lost: EpisodeLost) -> None:
        """Know of an episode that our side could not play."""
        self._lost = self._lost or lost

    def go_on(self) -> None:
        """Raise EpisodeLost where a further episode would be worth nothing."""
        if self._whole and self._lost is not None:
            raise EpisodeLost(self._lost.message)
