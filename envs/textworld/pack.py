"""TextWorld as a domain: treasure hunts and cooking games in the package's own engine."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import textworld

from alma_safe.domains.base import Manner, Task, View

from . import games

_INFOS = textworld.EnvInfos(
    objective=True,
    description=True,
    inventory=True,
    admissible_commands=True,
    score=True,
    max_score=True,
    won=True,
)
_ROOM = re.compile(r"-= (.+?) =-")
_KINDS = {"hunt": "treasure_hunter", "cook": "cooking"}
_FIRST_SEED = {"train": 1_000, "in": 2_000, "out": 3_000}
_COUNT = {"train": 40, "in": 40, "out": 20}
"""Games of each kind in the graded set; half of a split is played."""
_FRESH_SEED = 120_000
_FRESH_COUNT = {"train": 40, "in": 60, "out": 20}


def domain(cache: Path) -> TextWorld:
    """Return the domain. It keeps compiled games."""
    return TextWorld(cache)


class TextWorld:
    """Task sets ``graded``, ``fresh``, ``balrog``: see README.md. Ids: ``kind/settings/seed``."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        """See :class:`alma_safe.domains.base.Domain`."""
        if task_set == "balrog":
            ids = _balrog(split)
        elif task_set == "fresh":
            ids = _graded(split, _FIRST_SEED[split] + _FRESH_SEED, _FRESH_COUNT[split])
        else:
            ids = _graded(split, _FIRST_SEED[split], _COUNT[split])
        return [Task(id=each, kind=_KINDS[each.partition("/")[0]]) for each in ids]

    def prepare(self, task_id: str) -> None:
        """Generate and compile the game."""
        games.made(games.recipe(task_id), self._cache)

    def open(self, task_id: str, manner: Manner) -> Play:
        """See :class:`alma_safe.domains.base.Domain`."""
        return Play(games.made(games.recipe(task_id), self._cache), manner.limit)


def _balrog(split: str) -> list[str]:
    """The published games, halved as ALMA halves them."""
    rng = random.Random(42)
    found: list[str] = []
    for kind, name in _KINDS.items():
        numbers = list(games.balrog_games()[name])
        rng.shuffle(numbers)
        half = len(numbers) // 2
        chosen = {"train": numbers[:half], "in": numbers[half:], "out": []}[split]
        found += [f"{kind}/balrog/{number}" for number in chosen]
    return found


def _graded(split: str, first: int, count: int) -> list[str]:
    """Games that a small agent can make something of; out of distribution they are larger."""
    found = []
    for number in range(count):
        seed = first + number
        large = split == "out"
        level = (24 + number % 4) if large else (14 + number % 10)
        found.append(f"hunt/{level}/{seed}")
        ingredients, rooms = (4, 9) if large else (1 + number % 3, (1, 6)[number % 2])
        work = ("k", "kc", "kc", "c")[number % 4]
        found.append(f"cook/{ingredients}-{rooms}-{work}/{seed}")
    return found


class Play:
    """One episode of one game."""

    def __init__(self, path: Path, limit: int) -> None:
        self._environment = textworld.start(str(path), _INFOS)
        self._limit = limit
        self._steps = 0
        self._goal = ""
        self._room = ""

    def reset(self) -> View:
        """See :class:`alma_safe.domains.base.Environment`."""
        state = self._environment.reset()
        self._goal = state["objective"]
        # Before the objective there is a banner only.
        text = _told(state["feedback"].split(self._goal, 1)[-1])
        return self._view(state, {"obs": text, "goal": self._goal}, text, False)

    def step(self, action: str) -> View:
        """Give one command, as typed."""
        self._steps += 1
        state, _, done = self._environment.step(action[:256])
        text = _told(state["feedback"])
        return self._view(state, {"obs": text}, text, bool(done))

    def close(self) -> None:
        """End the interpreter of the game."""
        self._environment.close()

    def _view(self, state: Any, fields: dict[str, str], text: str, done: bool) -> View:
        reward = max(state["score"] / (state["max_score"] or 1), float(bool(state["won"])))
        description = state["description"] or ""
        if found := _ROOM.search(description) or _ROOM.search(text):
            self._room = found[1]
        return View(
            fields=fields,
            text=text,
            goal=self._goal,
            choices=tuple(sorted(state["admissible_commands"] or ())),
            place=self._room,
            about=f"{description}\n{state['inventory'] or ''}",
            score=reward,
            reward=min(1.0, max(0.0, reward)),
            done=done,
            steps=self._steps,
        )


def _told(feedback: str) -> str:
    """What the game says, without its prompt and the status bar behind it."""
    return feedback.split("\n>", 1)[0].strip()
