"""Baba Is AI as a domain: tasks, splits, and episodes of one level."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from alma_safe.domains.base import Manner, Task, View

from . import levels, skills, upstream
from .game import MOVES, Game, text_of

GOAL = "Reach an object that is WIN. The rules can be changed by pushing the word blocks."
_BROKEN = "[...] IS YOU rule was broken, environment reset"
_HALF = 26
_LAYOUTS = 3
_FRESH_MAPS = 12_000
_FRESH_LAYOUTS = 6
"""Of held-out tasks; to learn from there are as many as ever."""
_SPECIAL = ("two_room-make_you", "two_room-make_you-make_win", "two_room-make_wall_win")


def domain(cache: Path) -> Baba:
    """Return the domain. It keeps nothing."""
    return Baba()


class Baba:
    """Task sets ``graded``, ``fresh``, ``alma``, ``upstream``: see README.md.

    An id is ``level/seed of map``.
    """

    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        """See :class:`alma_safe.domains.base.Domain`. None of ``upstream`` where it is not."""
        if task_set == "upstream":
            if not upstream.available():
                return []
            return [
                Task(id=f"{upstream.PREFIX}{task.id}", kind=task.kind)
                for task in self.tasks(split, "graded")
            ]
        if task_set == "alma":
            names = list(levels.NAMES)
            random.Random(42).shuffle(names)
            named = {"train": names[:_HALF], "in": names[_HALF:], "out": []}[split]
            return [_task(name, 0) for name in named]
        odd = [name for name in levels.NAMES if name in _SPECIAL or name.startswith("you_win")]
        usual = [name for name in levels.NAMES if name not in odd and "#" not in name]
        first = {"train": 0, "in": 100, "out": 200}[split]
        layouts = _LAYOUTS if split != "out" else 2 * _LAYOUTS
        if task_set == "fresh":
            first += _FRESH_MAPS
            layouts = layouts if split == "train" else _FRESH_LAYOUTS
        order = [
            _task(name, first + layout)
            for layout in range(layouts)
            for name in (odd if split == "out" else usual)
        ]
        random.Random(f"babaisai {split}").shuffle(order)
        return order

    def prepare(self, task_id: str) -> None:
        """Levels are drawn when they are played."""

    def open(self, task_id: str, manner: Manner) -> Level:
        """See :class:`alma_safe.domains.base.Domain`."""
        name, _, seed = task_id.rpartition("/")
        if name.startswith(upstream.PREFIX):
            made = upstream.environment(name.removeprefix(upstream.PREFIX), int(seed))
            return Level(upstream.Original.of(made), manner)
        return Level(levels.build(name, int(seed)), manner)


def _task(name: str, seed: int) -> Task:
    kind = next(kind for kind in ("make_you", "make", "break", "you_win", "goto") if kind in name)
    if "maybe" in name:
        kind = "goto"
    return Task(id=f"{name}/{seed}", kind="make" if "make_win" in name else kind)


class Level:
    """One episode."""

    def __init__(self, start: Game, manner: Manner) -> None:
        self._start = start
        self._game = self._start.copy()
        self._manner = manner
        self._steps = 0

    def reset(self) -> View:
        """See :class:`alma_safe.domains.base.Environment`."""
        text = text_of(self._game) or _BROKEN
        return self._view({"obs": text, "goal": GOAL}, text)

    def step(self, action: str) -> View:
        """Take a single step; with skills, all the steps of one."""
        if action in MOVES:
            self._moved([action])
        elif not self._manner.skills or action not in skills.choices(self._game):
            self._moved(["idle"])
            text = f"There is no action {action[:60]!r}: idle, up, right, down, left."
            return self._view({"obs": text}, text)
        else:
            plan = skills.plan(self._game, action)
            self._moved(plan or ["idle"])
            if plan is None:
                text = f"There is no way to {action} now.\n\n{text_of(self._game) or _BROKEN}"
                return self._view({"obs": text}, text)
        shown = text_of(self._game)
        if shown is None:
            # As in the wrapper that language models have played the game with.
            self._game = self._start.copy()
        text = shown or _BROKEN
        return self._view({"obs": text}, text)

    def close(self) -> None:
        """Nothing is held."""

    def _moved(self, actions: list[str]) -> None:
        for action in actions[: self._manner.limit - self._steps]:
            self._game.step(action)
            self._steps += 1
            if self._game.over or text_of(self._game) is None:
                return

    def _view(self, fields: dict[str, str], text: str) -> View:
        game: Game = self._game
        return View(
            fields=fields,
            text=text,
            goal=GOAL,
            choices=skills.choices(game) if self._manner.skills else tuple(MOVES),
            place="; ".join(sorted(f"{rule.noun} is {rule.word}" for rule in game.rules)),
            about=text_of(game) or "",
            score=game.reward,
            reward=float(game.won),
            done=game.over,
            steps=self._steps,
        )
