"""An agent without a model: explores by a seeded policy, and does what its memory advises.

It is an instrument. It weighs novelty, words of the goal, chance, and the memory as
:mod:`alma_safe.domains.agents.reading` understands it; it plans nothing and reasons about
nothing. The same view, memory and seed give the same action on every machine.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from alma_safe.domains.agents import reading
from alma_safe.domains.agents.base import Spent
from alma_safe.domains.agents.experience import MOVING, is_statement
from alma_safe.domains.agents.reading import Reading, words
from alma_safe.domains.base import View

VERSION = "2"

_NOISE = 0.35
_GOAL = 1.0
_PREFERRED = 1.2
_AVOIDED = 1.5
_EXPERIENCE = 1.2
_INSTRUCTED = 3.0
_UNKNOWN_PLACE = 0.9
_KNOWN_PLACE = 0.75
_NEW = 0.8
_UNDOING = 0.4
"""Of the newness of an action that names all that the last change was made with: it may undo it."""
_FOLLOWED = 1.0
_CUED = 1.5
_FADING = 0.6
"""Of what memory speaks for, with each action of its kind that changed nothing here."""
_YIELDING = 0.8
"""Of what memory speaks against, with each action in vain since there was something new."""


class ScriptedAgent:
    """See :class:`alma_safe.domains.agents.base.Agent`."""

    name = "scripted"
    version = f"{VERSION}.{reading.VERSION}"
    skills = True
    concurrency = 2

    def player(self, memory: Mapping[str, Any], view: View, seed: int) -> ScriptedPlayer:
        """Return a player for one episode."""
        return ScriptedPlayer(Reading.of(memory, frozenset(words(view.goal))), view.goal, seed)


class ScriptedPlayer:
    """One episode: what was tried where, where ways led, what the memory called for."""

    spent = Spent()

    def __init__(self, memory: Reading, goal: str, seed: int) -> None:
        self._memory = memory
        self._goal = frozenset(words(goal))
        self._random = random.Random(seed)
        self._tried: Counter[tuple[str, str]] = Counter()
        self._visits: Counter[str] = Counter()
        self._leads: dict[tuple[str, str], str] = {}
        self._did: Counter[str] = Counter()
        self._aimed: Counter[str] = Counter()
        self._called_for: dict[str, int] = {}
        self._idle: Counter[str] = Counter()
        self._offered: tuple[str, ...] = ()
        self._last: tuple[str, str] | None = None
        self._things: frozenset[str] = frozenset()
        self._statements: frozenset[tuple[str, ...]] = frozenset()
        self._known: set[str] = set()
        self._changed: tuple[str, ...] = ()
        self._vain = 0
        self._done: dict[frozenset[str], str] = {}

    async def act(self, view: View) -> str:
        """Return the choice that weighs most; the first of its kind by name where equal."""
        self._look(view)
        seen = frozenset(words(f"{view.text} {view.about}"))
        best, action = -1e9, ""
        offered = {choice: words(choice) or (choice,) for choice in sorted(view.choices)}
        advice = {
            choice: self._memory.advice(each, seen, self._goal) for choice, each in offered.items()
        }
        # Praise tells choices apart only as far as there are others: of all it is of none.
        share = sum(gain > 0 for gain, _ in advice.values()) / max(1, len(advice))
        for choice, each in offered.items():
            gain, loss = advice[choice]
            weight = self._weight(choice, each, view.place, gain * (1 - share), loss)
            if weight > best:
                best, action = weight, choice
        self._tried[view.place, action] += 1
        self._did[action] += 1
        self._aimed[action] += 1
        self._last = view.place, action
        return action

    def _look(self, view: View) -> None:
        """Take in what came of the last action."""
        fresh = set(view.choices) - self._known
        news = bool(fresh) or view.place not in self._visits
        self._known |= fresh
        named = {word for choice in fresh for word in words(choice)[1:]}
        self._things |= self._goal & (named | self._memory.experience.named)
        self._changed = ()
        if self._last is not None and view.choices != self._offered:
            done = words(self._last[1])
            self._done[frozenset(done[1:])] = done[0]
        if self._last is not None:
            same = view.place == self._last[0] and view.choices == self._offered
            self._changed = () if same else words(self._last[1])
            self._vain = 0 if news else self._vain + same
        if self._last is not None and self._last[0] != view.place:
            self._leads[self._last] = view.place
        if self._last is None or self._last[0] != view.place:
            self._visits[view.place] += 1
        elif view.choices != self._offered:
            if self._goal & set(words(self._last[1])[1:]):
                # Something came of a thing of the goal: its other things are of interest anew.
                self._aimed.clear()
        else:
            # It is where it was and can do what it could: that kind of action changed nothing.
            self._idle[self._last[1].partition(" ")[0]] += 1
        self._offered = view.choices
        if self._memory.experience.cues:
            told = map(words, f"{view.text}\n{view.about}".splitlines())
            self._statements = frozenset(line for line in told if is_statement(line))
        if self._memory.bound:
            for line in f"{view.text}\n{view.about}".lower().splitlines():
                for action, sign in self._memory.instructions(line.strip()):
                    # What a line warns of is not done, whatever another line calls for.
                    key = " ".join(words(action))
                    self._called_for[key] = min(sign, self._called_for.get(key, 1))

    def _weight(
        self, choice: str, action: tuple[str, ...], place: str, gain: float, loss: float
    ) -> float:
        times = self._tried[place, choice]
        newness, decay = self._newness(choice, action, place, times), 0.5**times
        things = [word for word in action[1:] if not word.isdigit()]
        mine = sum(word in self._goal for word in things) / max(1, len(things))
        weight = (
            newness + _NOISE * self._random.random() + _GOAL * mine * 0.3 ** self._aimed[choice]
        )
        scale = newness if action[0] == MOVING else decay
        faded = _FADING ** self._idle[action[0]]
        past = self._memory.experience
        worth = past.worth(action, self._things)
        weight += scale * (_PREFERRED * faded * gain + _EXPERIENCE * min(worth, faded * worth))
        weight -= _AVOIDED * max(loss, past.danger(action)) * _YIELDING**self._vain
        if self._changed:
            weight += _FOLLOWED * faded * decay * past.next(self._changed, action)
        if self._statements and past.cued(action, self._statements):
            weight += _CUED * faded * decay
        if called := self._called_for.get(" ".join(action), 0):
            weight += _INSTRUCTED * 0.2 ** self._did[choice] if called > 0 else -_INSTRUCTED
        return weight

    def _newness(self, choice: str, action: tuple[str, ...], place: str, times: int) -> float:
        """More for what was not tried here and for ways to where it has not been."""
        if action[0] != MOVING:
            undoes = self._done.get(frozenset(action[1:]), action[0]) != action[0]
            new = _NEW * (_UNDOING if undoes else 1.0)
            return float(new * 0.25**times * 0.7 ** self._idle[choice.partition(" ")[0]])
        to = self._leads.get((place, choice))
        named = choice.partition(" ")[2].removeprefix("to ")
        if to is None and named and named in self._visits:
            to = named  # a way by the name of the place that it leads to
        new = _UNKNOWN_PLACE if to is None else _KNOWN_PLACE / (1 + self._visits[to])
        return float(new * 0.8**times)
