"""Markov transitions: actions as states of a chain, valued by where they lead.

Mechanism: one layer counts which action followed which and how episodes ended; the other solves the
absorbing chain for the expected reward after each action (a linear system), so that an early action
is credited for the good endings it makes likely and not only for being in a good episode.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

MAX_TEXT = 4_000  # characters read of any one text
MAX_ACTION = 60  # characters kept of an action
MAX_LINE = 100  # characters kept of an outcome
MAX_STATES = 150
MAX_EDGES = 4_000
PRIOR_ENDINGS = (
    1.0  # average endings added to every state: keeps the system solvable and estimates calm
)
MIN_VISITS = 2
MIN_MARGIN = 0.05
SHOWN_GOOD, SHOWN_BAD, SHOWN_PLAN = 8, 5, 8
BEGIN = "(begin)"  # the state before the first action


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


class TransitionLayer(Sub_memo_layer):
    """Counts of states, of transitions between them, and of endings with their rewards."""

    def __init__(self) -> None:
        self.visits: Counter[str] = Counter()
        self.followed: Counter[tuple[str, str]] = Counter()
        self.endings: Counter[str] = Counter()
        self.rewards: dict[str, float] = {}
        super().__init__(layer_intro="Counts which action follows which.", database=self.followed)

    async def update(self, **kwargs: Any) -> None:
        """Add the recorder's episode; a gain on the way counts as a good ending of its own."""
        recorder: Basic_Recorder = kwargs["recorder"]
        state = BEGIN
        self.visits[state] += 1
        for move in moves(recorder):
            self.visits[move.action] += 1
            if move.action != state:
                self.followed[state, move.action] += 1
            if move.gain > 0:
                self.end(move.action, 1.0)
            state = move.action
        self.end(state, number(recorder.reward))
        self.prune()

    def end(self, state: str, reward: float) -> None:
        """Count one ending in a state."""
        self.endings[state] += 1
        self.rewards[state] = self.rewards.get(state, 0.0) + reward

    def prune(self) -> None:
        """Keep the most visited states, and what is known about them only."""
        if len(self.visits) > MAX_STATES:
            self.visits = Counter(dict(self.visits.most_common(MAX_STATES)))
        kept = {pair: n for pair, n in self.followed.items() if self.visits.keys() >= {*pair}}
        self.followed = self.database = Counter(dict(Counter(kept).most_common(MAX_EDGES)))
        self.endings = Counter(
            {state: n for state, n in self.endings.items() if state in self.visits}
        )
        self.rewards = {
            state: total for state, total in self.rewards.items() if state in self.visits
        }

    async def retrieve(self, **kwargs: Any) -> list[str]:
        """The actions usually taken from the beginning, each followed by the best valued successor."""
        value: dict[str, float] = kwargs["value"]
        plan: list[str] = []
        state = BEGIN
        while len(plan) < SHOWN_PLAN:
            successors = [
                then
                for (first, then), times in self.followed.items()
                if first == state and times >= MIN_VISITS and then not in plan
            ]
            if not successors:
                break
            state = min(successors, key=lambda then: (-round(value.get(then, 0.0), 9), then))
            plan.append(state)
        return plan


class ChainValueLayer(Sub_memo_layer):
    """The expected reward after each action."""

    def __init__(self) -> None:
        self.value: dict[str, float] = {}
        self.average = 0.0
        super().__init__(layer_intro="Values actions by where they lead.")

    async def update(self, **kwargs: Any) -> None:
        """Solve v = (F v + rewards + prior) / (outgoing + prior) for the counts F in `transitions`."""
        counts: TransitionLayer = kwargs["transitions"]
        states = list(counts.visits)
        row = {state: index for index, state in enumerate(states)}
        follow = np.zeros((len(states), len(states)))
        for (first, then), times in counts.followed.items():
            follow[row[first], row[then]] = times
        endings = np.array([counts.endings[state] for state in states], dtype=float)
        rewards = np.array([counts.rewards.get(state, 0.0) for state in states])
        self.average = float(rewards.sum() / max(1.0, endings.sum()))
        outgoing = follow.sum(axis=1) + endings + PRIOR_ENDINGS
        # The prior makes every row strictly diagonally dominant, so there is exactly one solution.
        system = np.diag(outgoing) - follow
        solved = np.linalg.solve(system, rewards + PRIOR_ENDINGS * self.average)
        known = zip(states, solved.tolist(), strict=True)
        self.value = {
            s: float(v) for s, v in known if s != BEGIN and counts.visits[s] >= MIN_VISITS
        }
        self.database = self.value

    async def retrieve(self, **kwargs: Any) -> dict[str, float]:
        """The value of every action known well enough, less the average ending."""
        return {action: value - self.average for action, value in self.value.items()}


class MarkovTransitions(MemoStructure):
    """Chains the values (what is good?) to the transitions (in which order?)."""

    def __init__(self) -> None:
        super().__init__()
        self.transitions = TransitionLayer()
        self.values = ChainValueLayer()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Actions that lead to good or bad endings, and the best known course of an episode."""
        value = await self.values.retrieve()
        ranked = sorted(value, key=lambda action: (-round(value[action], 9), action))
        good = [action for action in ranked if value[action] >= MIN_MARGIN][:SHOWN_GOOD]
        bad = [action for action in reversed(ranked) if value[action] <= -MIN_MARGIN][:SHOWN_BAD]
        plan = await self.transitions.retrieve(value=value)
        advice = [f"prefer: {action}" for action in good] + [f"avoid: {action}" for action in bad]
        course = [f"{first} -> then {then}" for first, then in pairwise(plan)]
        sections = {"advice": advice, "good_course": course}
        return {name: lines for name, lines in sections.items() if lines}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Count the episode and value the actions anew."""
        await self.transitions.update(recorder=recorder)
        await self.values.update(transitions=self.transitions)
