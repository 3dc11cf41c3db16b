"""Whether the budget has room for something that is played, by what the like of it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget, Cost
from alma_safe.search.executors.base import Executor
from alma_safe.search.records import Purpose


class Purse:
    """Knows what a run has spent, and estimates what is still to be played."""

    def __init__(self, archive: Archive, executor: Executor, budget: Budget) -> None:
        self._archive = archive
        self._executor = executor
        self._budget = budget

    async def short(self, purpose: Purpose, digests: Sequence[str]) -> str:
        """Say why these cannot be played any more, and how they can; empty where they can."""
        if self._archive.settings.playing_is_free:
            return ""
        cost = Cost()
        for digest in digests:
            cost += await self._cost(purpose, digest)
        spent = self._archive.spent()
        left = [each for each in digests if self._archive.evaluation(each, purpose) is None]
        why = self._budget.short(spent, cost) if left else ""
        if not why:
            return ""
        last = max(self._archive.steps(), default=0)
        enough = self._budget.enough(spent, cost)
        return f"{why}; to have it, go on with --resume --steps {last} {enough}"

    async def _cost(self, purpose: Purpose, digest: str) -> Cost:
        """Of one design, or of no memory: as in the search, or as no memory where it was not."""
        if self._archive.evaluation(digest, purpose) is not None:
            return Cost()
        known = self._archive.evaluation(digest, Purpose.SEARCH)
        known = known or self._archive.evaluation("", Purpose.SEARCH)
        if known is None:
            return Cost()
        _, episodes = await self._executor.sizes(purpose)
        return Cost.like(known, episodes)


def of_collection(collection: Sequence[Mapping[str, Any]], episodes: int) -> Cost:
    """What so many episodes take, by those that were collected."""
    spent = [each.get("spent", {}) for each in collection]
    share = episodes / max(1, len(collection))
    tokens = sum(each.get("input_tokens", 0) + each.get("output_tokens", 0) for each in spent)
    return Cost(usd=sum(each.get("usd", 0.0) for each in spent) * share, tokens=tokens * share)
