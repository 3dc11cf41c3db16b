"""MiniHack as a domain: seeded NetHack levels with observations in words."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alma_safe.domains.base import Manner, Task, View

from . import skills
from .boxoban import Boxoban, puzzle
from .packaged import gymnasium, nethack
from .words import COMPASS, contexts, own_cell, screen

_BOXOBAN = "MiniHack-Boxoban-"
GOAL = "Your goal is to win the game. In most levels that is to reach the stairs down."
_KEYS = (
    *("glyphs", "tty_chars", "screen_descriptions", "blstats", "message"),
    *("inv_letters", "inv_strs"),
)
_OPTIONS: dict[str, Any] = {
    **{"character": "@", "autopickup": False, "penalty_step": -1, "observation_keys": _KEYS},
    **{"savedir": None, "save_ttyrec_every": 0, "fix_moon_phase": True},
}
_LEFT_OUT = ("Custom", "MultiRoom", "LavaCrossing", "SimpleCrossing")
_ODD = ("Boxoban", "Corridor", "Quest")
_TRAIN_SHARE = 0.3
_GRADED = (
    *("Room-5x5", "Room-15x15", "Room-Random-15x15", "Room-Dark-15x15", "Room-Monster-15x15"),
    *("Room-Trap-15x15", "Room-Ultimate-15x15", "MazeWalk-9x9", "MazeWalk-15x15"),
    *("ExploreMaze-Easy", "CorridorBattle"),
)
_GRADED_ODD = ("Corridor-R2", "Corridor-R3", "Corridor-R5", "ExploreMaze-Hard")
_FIRST_SEED = {"train": 1_000, "in": 2_000, "out": 3_000}
_EACH = {"train": 6, "in": 6, "out": 10}
_FRESH = (
    *("Room-Dark-15x15", "Room-Monster-15x15", "Room-Ultimate-15x15", "MazeWalk-9x9"),
    *("MazeWalk-15x15", "ExploreMaze-Easy", "ExploreMaze-Hard", "Corridor-R2", "HideNSeek-Big"),
    *("HideNSeek-Lava", "LockedDoor", "River-Narrow"),
)
_FRESH_SEED = 170_000
_FRESH_EACH = {"train": 5, "in": 20, "out": 10}
_COMMANDS = dict(
    re.findall(
        r"(\w+): ([^;]+)",
        "up: go up the stairs; down: go down the stairs; wait: rest for a turn; "
        "apply: use a tool; close: close a door; drop: drop an item; eat: eat something; "
        "fire: fire the readied missile; force: force a lock; invoke: invoke an artifact; "
        "kick: kick a door or something else; loot: open a box on the floor; open: open a door; "
        "pickup: pick up what lies here; pray: pray to the gods; put: put something somewhere; "
        "puton: put on an accessory; quaff: drink something; read: read a scroll or book; "
        "remove: take off an accessory; rub: rub a lamp; search: search for hidden things around; "
        "swap: swap weapons; takeoff: take off armour; throw: throw something; "
        "wear: put on armour; wield: take a weapon into the hand; zap: zap a wand",
    )
)


def domain(cache: Path) -> MiniHack:
    """Return the domain. It keeps nothing."""
    return MiniHack()


class MiniHack:
    """Task sets ``graded``, ``fresh`` and ``alma``, see README.md. An id is ``level/seed``."""

    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        """See :class:`alma_safe.domains.base.Domain`."""
        if task_set == "alma":
            return [_task(level, 0) for level in _published(split)]
        fresh = task_set == "fresh"
        levels = _GRADED_ODD if split == "out" else _FRESH if fresh else _GRADED
        first = _FIRST_SEED[split] + fresh * _FRESH_SEED
        return [
            _task(f"MiniHack-{level}-v0", first + number)
            for number in range((_FRESH_EACH if fresh else _EACH)[split])
            for level in levels
        ]

    def prepare(self, task_id: str) -> None:
        """Levels are made when they are played."""

    def open(self, task_id: str, manner: Manner) -> Level:
        """See :class:`alma_safe.domains.base.Domain`."""
        level, _, seed = task_id.rpartition("/")
        return Level(level, int(seed), manner)


def _task(level: str, seed: int) -> Task:
    return Task(id=f"{level}/{seed}", kind=level.removeprefix("MiniHack-").partition("-")[0])


def _published(split: str) -> list[str]:
    """The registered levels, divided as ALMA divides them."""
    names = sorted(
        name
        for name in gymnasium.registry
        if name.startswith("MiniHack-") and not any(part in name for part in _LEFT_OUT)
    )
    odd = [name for name in names if name.startswith(tuple(f"MiniHack-{part}" for part in _ODD))]
    usual = [name for name in names if name not in odd]
    random.Random(42).shuffle(usual)
    cut = int(len(usual) * _TRAIN_SHARE)
    return {"train": usual[:cut], "in": usual[cut:], "out": odd}[split]


class Level:
    """One episode. A fresh environment each: the game's list of the dead grows in one."""

    def __init__(self, name: str, seed: int, manner: Manner) -> None:
        self._environment: Any = _made(name, seed)
        self._seed = seed
        self._manner = manner
        unwrapped: Any = self._environment.unwrapped
        self._numbers = _named(unwrapped.actions)
        self._said = {
            action: f"move {action}" if action.split()[-1] in COMPASS else _COMMANDS[action]
            for action in self._numbers
        }
        self._sight = skills.Sight()
        self._steps = 0
        self._won = self._over = False
        self._score = 0.0
        self._obs: Any = None

    def reset(self) -> View:
        """See :class:`alma_safe.domains.base.Environment`."""
        game = self._environment.unwrapped
        # A seed given to reset does not reach NetHack.
        game.seed(self._seed, self._seed + 1, reseed=False, lgen=self._seed + 2)
        # The game's own limit of steps must not end the episode before ours.
        game._max_episode_steps = max(game._max_episode_steps, self._manner.limit + 1)
        self._obs, _ = self._environment.reset()
        self._look()
        long_term, short_term = contexts(self._obs, self._sight.names)
        fields = {"long_term_context": long_term, "short_term_context": short_term}
        listed = "\n".join(f"{action}: {does}" for action, does in self._said.items())
        text = f"{GOAL}\n\nPossible actions:\n{listed}\n\n{long_term}\n\ninventory:\n{short_term}"
        return self._view(fields | {"action_dict": self._said, "goal": GOAL}, text)

    def step(self, action: str) -> View:
        """Take a single step; with skills, all the steps of one."""
        told = ""
        if action in self._numbers:
            self._act(action)
        elif self._manner.skills and action in skills.choices(self._sight, self._actions):
            before = self._steps
            for each in skills.steps(self._sight, action):
                if self._over or self._steps >= self._manner.limit:
                    break
                self._act(each)
            if self._steps == before:
                self._steps += 1
                told = f"There is no way to {action} now.\n\n"
        else:
            self._steps += 1
            told = f"There is no action {action[:60]!r} here.\n\n"
        long_term, short_term = contexts(self._obs, self._sight.names)
        fields = {"long_term_context": told + long_term, "short_term_context": short_term}
        return self._view(fields, f"{told}{long_term}\n\ninventory:\n{short_term}")

    def close(self) -> None:
        """Free the game."""
        self._environment.close()

    @property
    def _actions(self) -> frozenset[str]:
        return frozenset(self._numbers)

    def _act(self, action: str) -> None:
        if action not in self._numbers:
            return
        self._obs, reward, ended, cut, info = self._environment.step(self._numbers[action])
        self._steps += 1
        self._score = float(reward)
        self._won = int(info["end_status"]) == 2
        self._over = bool(ended or cut)
        self._look()

    def _look(self) -> None:
        obs, sight = self._obs, self._sight
        sight.names, sight.own = screen(obs), own_cell(obs)
        sight.been.add(sight.own)
        glyphs = obs["glyphs"]
        sight.monsters = frozenset(
            (x, y + 1)
            for y, x in zip(*(glyphs < nethack.GLYPH_PET_OFF).nonzero(), strict=True)
            if (x, y + 1) != sight.own
        )

    def _view(self, fields: dict[str, Any], text: str) -> View:
        own = self._sight.own
        return View(
            fields=fields,
            text=text,
            goal=GOAL,
            choices=(
                skills.choices(self._sight, self._actions)
                if self._manner.skills and not self._over
                else tuple(self._numbers)
            ),
            place=f"{own[0] // 4},{own[1] // 4}",
            score=self._score,
            reward=float(self._won),
            done=self._over,
            steps=self._steps,
        )


def _made(name: str, seed: int) -> Any:
    if name.startswith(_BOXOBAN):
        kind = name.removeprefix(_BOXOBAN).removesuffix("-v0")
        return Boxoban(puzzle(kind, seed).text, **_OPTIONS)
    return gymnasium.make(name, disable_env_checker=True, **_OPTIONS)


def _named(actions: Any) -> dict[str, int]:
    """The actions of a level that have a name here, with their numbers."""
    numbers: dict[str, int] = {}
    for number, key in enumerate(actions):
        name = str(key.name).lower()
        kind = type(key).__name__
        if kind.startswith("Compass"):
            far = "Longer" in kind
            name = ("far " if far else "") + _DIRECTIONS[name]
        elif name not in _COMMANDS:
            continue
        numbers.setdefault(name, number)
    return numbers


_DIRECTIONS = {
    **{"n": "north", "e": "east", "s": "south", "w": "west"},
    **{"ne": "northeast", "se": "southeast", "sw": "southwest", "nw": "northwest"},
}
