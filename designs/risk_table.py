"""Risk table: which actions ended games badly, which wasted steps, and which are safe.

Mechanism: per action, a Beta-smoothed chance that it is the last one before a loss, and the share of
tries that showed nothing new. Most of this memory's advice is what not to do.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_ACTIONS = 800
PRIOR_LOSSES, PRIOR_TRIES = 0.5, 10.0  # an action nobody tried loses one game in twenty
RISKY_FROM = 0.1  # chance of losing from which on an action is warned against,
RISKY_RATIO = 2.0  # if it is also this much riskier than the average action
SAFE_UPTO = 0.04
WASTEFUL_FROM = 0.8  # share of tries without news from which on an action wastes steps
MIN_WASTE_TRIES = 3
SHOWN_RISKS, SHOWN_WASTES, SHOWN_SAFE = 8, 6, 6


def clip(value: object, limit: int) -> str:
    """The start of a text as one line of at most `limit` characters."""
    return " ".join(str(value)[: 4 * limit].split())[:limit].rstrip()


def number(value: object) -> float:
    """A finite float; 0.0 for anything else."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return 0.0


def seen(part: dict[str, Any]) -> str:
    """What the agent could read at this point (`init` or a step), in any domain."""
    texts = (part.get(key) for key in ("obs", "long_term_context", "short_term_context"))
    return "\n".join(str(text)[:MAX_TEXT] for text in texts if text)


def command(step: dict[str, Any]) -> str:
    """The step's action without instance numbers: "take apple 1" becomes "take apple"."""
    taken = step.get("action_took") or ""
    text = taken if isinstance(taken, str) else " ".join(map(str, taken))
    raw = clip(text, MAX_ACTION).lower()
    return " ".join(word for word in raw.split() if not word.isdigit()) or raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step in plain terms; `outcome` is empty when the step showed nothing new."""

    action: str
    outcome: str
    gain: float
    done: bool

    def line(self) -> str:
        """The step as `action -> outcome`."""
        reward = "; score went up" if self.gain > 0 else ""
        return f"{self.action} -> {self.outcome or 'nothing new'}{reward}"


def moves(recorder: Basic_Recorder) -> list[Move]:
    """The episode's actions, each with the first line it added to what the agent sees."""
    known, best = set(seen(recorder.init).splitlines()), 0.0
    result: list[Move] = []
    for step in recorder.steps:
        lines, score = seen(step).splitlines(), number(step.get("scores"))
        fresh = next((line for line in lines if line.strip() and line not in known), "")
        # Some domains report a running total and some a reward per step: only a new best is a gain.
        gain, best = max(0.0, score - best), max(best, score)
        action, done = command(step), bool(step.get("dones"))
        if action:
            result.append(Move(action=action, outcome=clip(fresh, MAX_LINE), gain=gain, done=done))
        known = set(lines)
    return result


def won(recorder: Basic_Recorder) -> bool:
    """Whether the episode earned (nearly) the full reward."""
    return number(recorder.reward) >= 0.999


def lost(recorder: Basic_Recorder) -> bool:
    """Whether the episode ended by itself, and not well: more than running out of steps."""
    return bool(recorder.steps) and bool(recorder.steps[-1].get("dones")) and not won(recorder)


@dataclass(slots=True, kw_only=True)
class Hazard:
    """How often an action was taken, lost the game, or raised the score, and its last bad outcome."""

    tries: int = 0
    losses: int = 0
    gains: int = 0
    outcome: str = ""

    def risk(self) -> float:
        """The estimated chance that the action loses the game."""
        return (self.losses + PRIOR_LOSSES) / (self.tries + PRIOR_TRIES)


class HazardLayer(Sub_memo_layer):
    """Losses and gains per action, at most one try per episode."""

    def __init__(self) -> None:
        self.hazards: OrderedDict[str, Hazard] = OrderedDict()
        super().__init__(layer_intro="Knows which actions lost games.", database=self.hazards)

    async def update(self, **kwargs: Any) -> None:
        """Add the recorder's episode; harmless actions are forgotten before dangerous ones."""
        recorder: Basic_Recorder = kwargs["recorder"]
        episode = moves(recorder)
        for action in dict.fromkeys(move.action for move in episode):
            self.hazards.setdefault(action, Hazard()).tries += 1
        for action in dict.fromkeys(move.action for move in episode if move.gain > 0):
            self.hazards[action].gains += 1
        if episode and lost(recorder):
            fatal = self.hazards[episode[-1].action]
            fatal.losses += 1
            fatal.outcome = episode[-1].outcome
        if len(self.hazards) > MAX_ACTIONS:
            ranked = sorted(
                self.hazards.items(), key=lambda item: (-item[1].losses, -item[1].tries, item[0])
            )
            self.hazards = self.database = OrderedDict(ranked[:MAX_ACTIONS])

    async def retrieve(self, **kwargs: Any) -> dict[str, list[str]]:
        """Actions that are "risky", that "lost" games at all, and that are "safe"; clearest cases first."""
        tries = sum(hazard.tries for hazard in self.hazards.values())
        average = sum(hazard.losses for hazard in self.hazards.values()) / max(1, tries)
        limit = max(RISKY_FROM, RISKY_RATIO * average)
        risky = [
            (-hazard.risk(), action) for action, hazard in self.hazards.items() if hazard.losses
        ]
        safe = [
            (-hazard.gains, action)
            for action, hazard in self.hazards.items()
            if hazard.gains and hazard.risk() <= SAFE_UPTO
        ]
        warned = [action for risk, action in sorted(risky) if -risk >= limit]
        return {
            "risky": warned[:SHOWN_RISKS],
            "lost": [action for _, action in sorted(risky)[:SHOWN_RISKS]],
            "safe": [action for _, action in sorted(safe)[:SHOWN_SAFE]],
        }

    def outcomes(self, actions: list[str]) -> list[str]:
        """What happened when each of the actions last lost a game."""
        last = {action: self.hazards[action].outcome or "nothing new" for action in actions}
        return [f"{action} -> {outcome}; game lost" for action, outcome in last.items()]


class WasteLayer(Sub_memo_layer):
    """How often each action showed nothing new."""

    def __init__(self) -> None:
        self.tallies: OrderedDict[str, tuple[int, int]] = OrderedDict()
        super().__init__(layer_intro="Knows which actions waste steps.", database=self.tallies)

    async def update(self, **kwargs: Any) -> None:
        """Count the tries of the recorder's actions and those without news."""
        for move in moves(kwargs["recorder"]):
            tries, wasted = self.tallies.pop(move.action, (0, 0))
            idle = not move.outcome and move.gain <= 0
            self.tallies[move.action] = (tries + 1, wasted + idle)
            if len(self.tallies) > MAX_ACTIONS:
                self.tallies.popitem(last=False)

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The most wasteful actions that are not in `known` already."""
        wasteful = [
            (-wasted, action)
            for action, (tries, wasted) in self.tallies.items()
            if tries >= MIN_WASTE_TRIES
            and wasted >= WASTEFUL_FROM * tries
            and action not in kwargs["known"]
        ]
        return [action for _, action in sorted(wasteful)[:SHOWN_WASTES]]


class RiskTable(MemoStructure):
    """Chains the hazards to the wastes: what is dangerous need not be called useless as well."""

    def __init__(self) -> None:
        super().__init__()
        self.hazards = HazardLayer()
        self.wastes = WasteLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Warnings, how losses came about, and the safe actions that paid."""
        found = await self.hazards.retrieve(recorder=recorder)
        wasteful = await self.wastes.retrieve(known=found["risky"])
        sections = {
            "dangers": [f"avoid: {action}" for action in found["risky"]],
            "how_games_were_lost": self.hazards.outcomes(found["lost"]),
            "wasted_steps": [f"avoid: {action}" for action in wasteful],
            "safe_and_paid": [f"prefer: {action}" for action in found["safe"]],
        }
        return {name: lines for name, lines in sections.items() if lines}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Teach both layers the episode."""
        await self.hazards.update(recorder=recorder)
        await self.wastes.update(recorder=recorder)
