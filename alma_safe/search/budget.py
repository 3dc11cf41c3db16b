"""What a run may take. It is asked at the boundary of designs: what was begun is finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alma_safe.errors import UsageError
from alma_safe.policy import Price
from alma_safe.search.records import Candidate, Measured, RunSettings, State
from alma_safe.text import counted

KEYS = ("usd", "tokens", "evaluations", "hours", "failures")
_FAILURES = 20.0
"""Candidates in a row that come to nothing, after which a run ends, unless it is told."""


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
        found = {
            "usd": spent["usd"],
            "tokens": spent["meta_tokens"] + spent["agent_tokens"] + spent["design_tokens"],
            "evaluations": spent["evaluations"],
            "hours": hours,
        }
        for key, value in found.items():
            if key in self.limits and value >= self.limits[key]:
                return f"the budget of {self.limits[key]:g} {key} is spent"
        return ""

    def room(self, spent: Mapping[str, float], wanted: int) -> int:
        """How many designs may be begun, by what the ones so far took."""
        room = wanted
        if "evaluations" in self.limits:
            room = min(room, int(self.limits["evaluations"] - spent["evaluations"]))
        for key, used in (
            ("usd", spent["usd"]),
            ("tokens", spent["meta_tokens"] + spent["agent_tokens"] + spent["design_tokens"]),
        ):
            each = used / spent["evaluations"] if spent["evaluations"] else 0.0
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


_REFLECT, _WRITE = (25_000, 2_000), (15_000, 8_000)
"""Tokens that go in and come out for a reflection and for a design or its repair: of prompts
with a design of 300 lines and its episodes. Only the estimate before a run is made of them."""


def estimate(
    settings: RunSettings, steps: int, baseline: Measured, episodes: int, price: Price | None
) -> str:
    """Say what a run will take at most, in one line; ``price``: of the meta agent's model.

    What an agent costs is known from no memory, which has been played already.
    """
    firsts = len(settings.seeds) or 1
    written = steps * settings.parents + (0 if settings.seeds else 1)
    played = firsts + steps * settings.parents
    found = [f"at most {counted(played, 'design')} x {counted(episodes, 'episode')}"]
    count = max(1, len(baseline.played))
    tokens = baseline.costs.get("agent_tokens", 0) / count * episodes * played
    usd = baseline.costs.get("usd", 0.0) / count * episodes * played
    if tokens:
        found.append(f"agent about {tokens:,.0f} tokens, {usd:,.2f} USD")
    if price is not None:
        each = [_REFLECT, _WRITE, *[_WRITE] * settings.repairs]
        most = sum((i * price.input + o * price.output) / 1e6 for i, o in each)
        least = sum((i * price.input + o * price.output) / 1e6 for i, o in each[:2])
        found.append(f"meta agent {written * least:,.2f} to {written * most:,.2f} USD")
    seconds = baseline.seconds * played
    took = f"some {seconds / 60:,.0f} minutes" if seconds >= 90 else f"some {seconds:.0f} seconds"
    found.append(f"{took} of playing" if seconds >= 1.5 else "a second of playing")
    return "estimate: " + "; ".join(found)
