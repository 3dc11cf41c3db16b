"""How the scripted agent reads a memory: as lines of text, whatever their nesting.

    prefer: take <thing>                    do it rather; also do, always, try
    avoid: eat <thing> unless meal          do it less; also never, do not
    when fry {x} -> prefer: cook {x} with stove
    open chest -> You open the chest.       what came of an action; score went up, game lost

``<goal>`` stands for a word of the goal, any other ``<...>`` for any word. ``when`` is met
by words of what the agent sees; ``{x}`` is what stands there in a line that it has seen, or
in an item of a list in one. Where one line calls for an action and another warns of it, the
warning holds.
An action without an outcome says nothing, so a list of actions is no advice. What is made of
outcomes: :mod:`alma_safe.domains.agents.experience`.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alma_safe.domains.agents.experience import Account, Experience, Words, is_statement

VERSION = "3"
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
_ITEMS = re.compile(r"[,;:]| and ")
_THING = r"(?P<x>[\w' \-]+?)"
_WORD = re.compile(r"[a-z0-9<>{}'\-]+")
_ACTION_KEYS = ("action_took", "action")
_REWARD_KEYS = ("reward", "score", "success", "won")
_FAILED = re.compile(r"fail|lost", re.IGNORECASE)
_TASK_KEYS = ("task", "goal", "objective")
_OUTCOME_KEYS = ("obs", "observation", "outcome", "result")


@functools.lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text that say something, in small letters."""
    return tuple(word for word in _WORD.findall(text.lower()) if word not in _STOP)


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


def rows(
    memory: Any, reward: float | None = None, task: str = ""
) -> Iterator[tuple[list[str], float | None, str]]:
    """Rows of lines as they stand in a memory, each with the reward and task told beside it.

    What stands under a key that speaks of failure has the reward 0 where none is told.
    """
    if isinstance(memory, str):
        yield list(lines(memory)), reward, task
    elif isinstance(memory, Mapping):
        if _is_step(memory):
            yield list(lines(memory)), reward, task
            return
        paid = next((memory[key] for key in _REWARD_KEYS if key in memory), None)
        reward = _number(paid, reward)
        asked = next((memory[key] for key in _TASK_KEYS if key in memory), None)
        task = asked if isinstance(asked, str) else task
        for key, value in memory.items():
            failed = paid is None and _FAILED.search(str(key)) is not None
            yield from rows(value, 0.0 if failed else reward, task)
    elif isinstance(memory, Sequence):
        row: list[str] = []
        for value in memory:
            if isinstance(value, str) or (isinstance(value, Mapping) and _is_step(value)):
                row.extend(lines(value))
            else:
                yield from rows(value, reward, task)
        if row:
            yield row, reward, task


def _number(told: Any, otherwise: float | None) -> float | None:
    """What is told as a number; an integer that no float comes near is none."""
    with contextlib.suppress(OverflowError):
        return float(told) if isinstance(told, int | float) else otherwise
    return otherwise


def _is_step(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(k), str) for k in _ACTION_KEYS) and any(
        isinstance(value.get(k), str) for k in _OUTCOME_KEYS
    )


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


@dataclass(frozen=True, slots=True)
class _Task:
    """A task as a memory tells it.

    Words of the line that is most like my goal, the first of its kind, and its lines that
    state something.
    """

    like_mine: frozenset[str]
    statements: tuple[Words, ...]

    @classmethod
    def of(cls, task: str, goal: frozenset[str]) -> _Task:
        """Read the first lines of a task."""
        told = [words(line[:_MAX_LINE]) for line in task.splitlines()[:_MAX_LINES]]
        like = max(map(frozenset, told), key=lambda part: len(part & goal), default=frozenset())
        return cls(like, tuple(filter(is_statement, told)))


@dataclass(slots=True)
class Reading:
    """A memory as the agent understands it."""

    rules: list[Rule] = field(default_factory=list)
    bound: list[tuple[re.Pattern[str], str, int]] = field(default_factory=list)
    experience: Experience = field(default_factory=Experience)

    @classmethod
    def of(cls, memory: Any, goal: frozenset[str] = frozenset()) -> Reading:
        """Read a memory. Never raises: what it cannot use, it leaves out."""
        reading = cls()
        accounts: list[Account] = []
        number = 0  # lines read so far
        asked = functools.cache(lambda task: _Task.of(task, goal))
        for row, reward, told_task in rows(memory):
            task = asked(told_task)
            account = Account(reward=reward, task=task.like_mine, statements=[*task.statements])
            for line in row[: _MAX_LINES - number]:
                if told := reading._take(_BULLET.sub("", line[:_MAX_LINE])):
                    account.steps.append(told)
            number += len(row)
            if account.steps:
                accounts.append(account)
            if number >= _MAX_LINES:
                break
        reading.experience = Experience(accounts, goal)
        return reading

    def _take(self, line: str) -> tuple[Words, str, Words] | None:
        """Keep a line's advice, or return its action, outcome and the outcome's words."""
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
            told = _OUTCOME.match(line)
            action = words(told[1]) if told else ()
            if told and action and len(action) <= _MAX_ACTION:
                return action, told[2], words(told[2])
        elif "{" in when:
            shape = re.escape(when.lower()).replace(r"\{x\}", _THING, 1).replace(r"\{x\}", "(?P=x)")
            self.bound.append((re.compile(rf"\W*{shape}\W*"), line.lower(), sign))
        else:
            line, _, unless = line.partition(" unless ")
            excepted = tuple(word for word in words(unless) if word != "or")
            self.rules.append(Rule(sign, words(line), when, excepted))
        return None

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

    def instructions(self, line: str) -> Iterator[tuple[str, int]]:
        """Actions that a line seen in the game calls for, by rules with ``{x}``.

        A line may be a list: each of its items is looked at as a line is.
        """
        items = [item.strip() for item in _ITEMS.split(line)]
        for part in dict.fromkeys([line, *items]):
            for shape, action, sign in self.bound:
                if found := shape.fullmatch(part):
                    yield action.replace("{x}", found["x"].strip()), sign
