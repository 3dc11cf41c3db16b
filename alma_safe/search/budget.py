"""What a run may take. It is asked at the boundary of designs: what was begun is finished.

Before no memory and before the confirmation it is asked as well, with what these will take
by what is known: there a run would otherwise spend most of what it may not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alma_safe.errors import UsageError
from alma_safe.policy import Price
from alma_safe.search.records import Candidate, Measured, Purpose, RunSettings, State
from alma_safe.text import counted

KEYS = ("usd", "tokens", "evaluations", "hours", "failures")
_FAILURES = 20.0
"""Candidates in a row that come to nothing, after which a run ends, unless it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something will take, by what the like of it took."""

    usd: float = 0.0
    tokens: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Return what both take together."""
        return Cost(usd=self.usd + other.usd, tokens=self.tokens + other.tokens)

    @classmethod
    def like(cls, measured: Measured, episodes: int) -> Cost:
        """Return what so many episodes take, by those that were played."""
        share = episodes / max(1, len(measured.played))
        costs = measured.costs
        tokens = costs.get("agent_tokens", 0) + costs.get("design_tokens", 0)
        return cls(usd=costs.get("usd", 0.0) * share, tokens=tokens * share)


_NOTHING = Cost()
_MARGIN = 1.2
"""What is advised to be allowed, by what is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits by key; what is not there is not limited.

    ``usd``: US dollars of everything; ``tokens``: of meta agent, agent and designs together;
    ``evaluations``: designs that are played, seeds included; ``hours``: of the clock;
    ``failures``: candidates in a row of which none was evaluated.
    """

    limits: Mapping[str, float]

    def __post_init__(self) -> None:
        for key, value in self.limits.items():
            if key not in KEYS:
                raise UsageError(f"no budget named {key}", hint=f"budgets: {', '.join(KEYS)}")
            if not value > 0:
                raise UsageError(f"a budget of {value:g} {key} leaves nothing to do")

    def over(self, spent: Mapping[str, float], hours: float) -> str:
        """Say which limit is reached; empty for none."""
        # Of an evaluation there is no part: 2.5 of them are two.
        found = {**_used(spent), "evaluations": spent["evaluations"], "hours": hours}
        for key, value in found.items():
            limit = self.limits.get(key)
            if limit is not None and value >= (int(limit) if key == "evaluations" else limit):
                return f"the budget of {limit:g} {key} is spent"
        return ""

    def short(self, spent: Mapping[str, float], cost: Cost) -> str:
        """Say which limit leaves no room for something; empty where it fits."""
        return "; ".join(
            f"the budget of {limit:g} {key} has {max(0.0, limit - used):.6g} left, "
            f"and about {more:.6g} is needed"
            for key, limit, used, more in self._tight(spent, cost)
        )

    def enough(self, spent: Mapping[str, float], cost: Cost) -> str:
        """The options that give it room, as one writes them."""
        return " ".join(
            f"--max-{key} {_rounded_up(used + more * _MARGIN)}"
            for key, _, used, more in self._tight(spent, cost)
        )

    def _tight(
        self, spent: Mapping[str, float], cost: Cost
    ) -> list[tuple[str, float, float, float]]:
        """Limits that something breaks: key, limit, what is used, what it takes."""
        needed = {"usd": cost.usd, "tokens": cost.tokens}
        return [
            (key, self.limits[key], used, needed[key])
            for key, used in _used(spent).items()
            if key in self.limits
            and (used >= self.limits[key] or used + needed[key] > self.limits[key])
        ]

    def room(self, spent: Mapping[str, float], wanted: int, first: Cost = _NOTHING) -> int:
        """How many designs may be begun, by what the ones so far took.

        ``first``: what one takes while none is known.
        """
        room, count = wanted, spent["evaluations"]
        if "evaluations" in self.limits:
            room = min(room, int(self.limits["evaluations"] - count))
        firsts = {"usd": first.usd, "tokens": first.tokens}
        for key, used in _used(spent).items():
            each = spent[f"designs_{key}"] / count if count else firsts[key]
            if key in self.limits and each > 0:
                room = min(room, max(1, int((self.limits[key] - used) / each)))
        return max(0, room)

    def hopeless(self, candidates: Sequence[Candidate]) -> str:
        """Say so where nothing has come of anything for too long; empty else."""
        limit = self.limits.get("failures", _FAILURES)
        row = 0
        for each in candidates:
            row = 0 if each.state is State.EVALUATED else row + 1
        return f"{counted(row, 'candidate')} in a row came to nothing" if row >= limit else ""


def _used(spent: Mapping[str, float]) -> dict[str, float]:
    tokens = spent["meta_tokens"] + spent["agent_tokens"] + spent["design_tokens"]
    return {"usd": spent["usd"], "tokens": tokens}


def _rounded_up(value: float) -> str:
    """With two digits that count: a figure to be typed."""
    if value <= 0:
        return "1"
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.ceil(value / step) * step:.10g}"


_REFLECT, _WRITE = (25_000, 2_000), (15_000, 8_000)
"""Tokens that go in and come out for a reflection and for a design or its repair: of prompts
with a design of 300 lines and its episodes. Only the estimate before a run is made of them."""


def estimate(
    settings: RunSettings,
    steps: int,
    baseline: Measured,
    episodes: Mapping[Purpose, int],
    price: Price | None,
    limits: Mapping[str, float],
) -> str:
    """Say what a run will take at most, in one line, the confirmation included.

    ``episodes``: of one design for each purpose; ``price``: of the meta agent's model. What
    an agent costs is known from no memory, which has been played already.
    """
    firsts = len(settings.seeds) or 1
    played = firsts + steps * settings.parents
    if "evaluations" in limits:
        played = min(played, int(limits["evaluations"]))
    written = min(steps * settings.parents + (0 if settings.seeds else 1), played)
    each = episodes[Purpose.SEARCH]
    found = [f"at most {counted(played, 'design')} x {counted(each, 'episode')}"]
    total = played * each
    if settings.confirm:
        again = min(settings.finalists, played) if min(settings.finalists, played) > 1 else 0
        rivals, held_out = 2 + len(settings.baselines), episodes[Purpose.CONFIRMATION]
        more = f"{again} x {each} again and " if again else ""
        found.append(f"in the end {more}{rivals} x {held_out} held out")
        total += again * each + rivals * held_out
    cost = Cost.like(baseline, total)
    if cost.tokens:
        found.append(f"agent about {cost.tokens:,.0f} tokens, {cost.usd:,.2f} USD")
    if price is not None:
        asked = [_REFLECT, _WRITE, *[_WRITE] * settings.repairs]
        most = sum((i * price.input + o * price.output) / 1e6 for i, o in asked)
        least = sum((i * price.input + o * price.output) / 1e6 for i, o in asked[:2])
        found.append(f"meta agent {written * least:,.2f} to {written * most:,.2f} USD")
    seconds = baseline.seconds / max(1, len(baseline.played)) * total
    took = f"some {seconds / 60:,.0f} minutes" if seconds >= 90 else f"some {seconds:.0f} seconds"
    found.append(f"{took} of playing" if seconds >= 1.5 else "a second of playing")
    return "estimate: " + "; ".join(found)
