"""How the scripted agent reads a memory: as lines of text, whatever their nesting.

    prefer: take <thing>                    do it rather; also do, always, try
    avoid: eat <thing> unless meal          do it less; also never, do not
    when fry {x} -> prefer: cook {x} with stove
    open chest -> You open the chest.       what came of an action; score went up, game lost

``<goal>`` stands for a word of the goal, any other ``<...>`` for any word. ``when`` is met
by words of what the agent sees; ``{x}`` is what stands there in a line that it has seen.
An action without an outcome says nothing, so a list of actions is no advice.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VERSION = "1"
"""Part of every result: with another reading the same memory may be worth something else."""

_MAX_LINES = 400
_MAX_LINE = 400
_MAX_ACTION = 10

_STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "on",
        "in",
        "from",
        "with",
        "of",
        "to",
        "into",
        "and",
        "is",
        "at",
        "it",
        "some",
        "that",
        "this",
        "you",
        "there",
        "your",
    ]
)
_NEGATIVE = re.compile(r"(?:avoid|never|do not|don't)\b:?\s*", re.IGNORECASE)
_POSITIVE = re.compile(r"(?:prefer|do|always|should|try)\b:?\s*", re.IGNORECASE)
_CONDITION = re.compile(r"(?:when|if)\s+(.*?)\s*(?:->|:|,? then)\s*(.*)$", re.IGNORECASE)
_OUTCOME = re.compile(r"(?:action|cmd)?\s*[:>]?\s*(.+?)\s*->\s*(.*)$")
_BULLET = re.compile(r"^[-*\d.)\s]+")
_THING = r"(?P<x>[\w' \-]+?)"
_WORD = re.compile(r"[a-z0-9<>{}'\-]+")
_ACTION_KEYS = ("action_took", "action")
_OUTCOME_KEYS = ("obs", "observation", "outcome", "result")

_GAINED = ("you open", "unlock", "reveal", "score went up", "score has", "you won", "you win")
_WASTED = (
    *("can't", "cannot", "don't", "nothing", "already", "have to", "impossible", "no longer"),
    *("lost", "fail", "you need", "isn't", "burn", "no way to", "no action"),
)


@functools.lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text that say something, in small letters."""
    return tuple(word for word in _WORD.findall(text.lower()) if word not in _STOP)


def valence(outcome: str) -> float:
    """Whether an outcome was a gain (1), a waste (-1), or neither."""
    text = outcome.lower()
    if any(sign in text for sign in _WASTED):
        return -1.0
    return 1.0 if any(sign in text for sign in _GAINED) else 0.0


def lines(memory: Any) -> Iterator[str]:
    """Every line of text in a memory. An object with an action and an outcome is one line."""
    if isinstance(memory, str):
        yield from (line.strip() for line in memory.splitlines() if line.strip())
    elif isinstance(memory, Mapping):
        action = next((memory[key] for key in _ACTION_KEYS if key in memory), None)
        outcome = next((memory[key] for key in _OUTCOME_KEYS if key in memory), None)
        if isinstance(action, str) and isinstance(outcome, str):
            yield f"{action} -> {outcome.partition('\n')[0]}"
        else:
            for value in memory.values():
                yield from lines(value)
    elif isinstance(memory, Sequence):
        for value in memory:
            yield from lines(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """Advice for actions that look like ``pattern``. Words; ``sign``: 1 prefer, -1 avoid."""

    sign: int
    pattern: tuple[str, ...]
    when: str = ""
    unless: tuple[str, ...] = ()

    def met_by(self, seen: frozenset[str], goal: frozenset[str]) -> bool:
        """Whether its condition holds for the words that are seen."""
        needed = [word for word in words(self.when) if not word.startswith(("<", "{"))]
        return all(_found(word, seen, goal) for word in needed)

    def speaks_of(self, action: tuple[str, ...], goal: frozenset[str]) -> bool:
        """Whether an action looks like the pattern and is not excepted."""
        if not self.pattern or not action:
            return False
        verb, *rest = self.pattern
        if verb != action[0] and not verb.startswith("<"):
            return False
        things = frozenset(action[1:])
        needed = [word for word in rest if word == "<goal>" or not word.startswith("<")]
        if not all(_found(word, things, goal) for word in needed):
            return False
        return not any(_found(word, things, goal) for word in self.unless)


def _found(word: str, among: frozenset[str], goal: frozenset[str]) -> bool:
    if word == "<goal>":
        return bool(among & goal)
    return word in among or (len(word) > 2 and any(word in other for other in among))


@dataclass(slots=True)
class Reading:
    """A memory as the agent understands it."""

    rules: list[Rule] = field(default_factory=list)
    bound: list[tuple[re.Pattern[str], str, int]] = field(default_factory=list)
    by_verb: dict[str, list[float]] = field(default_factory=dict)
    by_action: dict[tuple[str, ...], list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, memory: Any) -> Reading:
        """Read a memory. Never raises: what it cannot use, it leaves out."""
        reading = cls()
        for number, line in enumerate(lines(memory)):
            if number >= _MAX_LINES:
                break
            reading._take(_BULLET.sub("", line[:_MAX_LINE]))
        return reading

    def _take(self, line: str) -> None:
        when = ""
        if conditional := _CONDITION.match(line):
            when, line = conditional.groups()
        sign = 0
        if _NEGATIVE.match(line):
            sign, line = -1, _NEGATIVE.sub("", line, count=1)
        elif _POSITIVE.match(line):
            sign, line = 1, _POSITIVE.sub("", line, count=1)
        elif when:
            sign = 1
        if not sign:
            self._take_outcome(line)
        elif "{" in when:
            shape = re.escape(when.lower()).replace(r"\{x\}", _THING, 1).replace(r"\{x\}", "(?P=x)")
            self.bound.append((re.compile(rf"\W*{shape}\W*"), line.lower(), sign))
        else:
            line, _, unless = line.partition(" unless ")
            excepted = tuple(word for word in words(unless) if word != "or")
            self.rules.append(Rule(sign, words(line), when, excepted))

    def _take_outcome(self, line: str) -> None:
        told = _OUTCOME.match(line)
        action = words(told[1]) if told else ()
        if told and action and len(action) <= _MAX_ACTION:
            value = valence(told[2])
            self.by_verb.setdefault(action[0], []).append(value)
            self.by_action.setdefault(action, []).append(value)

    def advice(
        self, action: tuple[str, ...], seen: frozenset[str], goal: frozenset[str]
    ) -> tuple[float, float]:
        """How much the rules are for an action and how much against it, each in [0, 1.3]."""
        gain = loss = 0.0
        for rule in self.rules:
            if rule.speaks_of(action, goal) and rule.met_by(seen, goal):
                weight = 1.3 if rule.when else 1.0
                if rule.sign > 0:
                    gain = max(gain, weight)
                else:
                    loss = max(loss, weight)
        return gain, loss

    def experience(self, action: tuple[str, ...]) -> float:
        """What came of actions like this one, in [-1, 1]."""
        if not action or not self.by_verb:
            return 0.0
        values = self.by_verb.get(action[0], ())
        usual = sum(values) / (len(values) + 1.0)
        things, best = frozenset(action[1:]), 0.0
        for other, outcomes in self.by_action.items():
            if other[0] == action[0]:
                rest = frozenset(other[1:])
                alike = len(rest & things) / max(1, len(rest | things))
                value = alike * sum(outcomes) / len(outcomes)
                best = value if abs(value) > abs(best) else best
        return 0.7 * usual + 0.3 * best

    def instructions(self, line: str) -> Iterator[tuple[str, int]]:
        """Actions that a line seen in the game calls for, by rules with ``{x}``."""
        for shape, action, sign in self.bound:
            if found := shape.fullmatch(line):
                yield action.replace("{x}", found["x"].strip()), sign
