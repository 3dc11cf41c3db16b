"""ALFWorld as a domain: household tasks in the package's own engine."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_DATA = os.environ.get("ALFWORLD_DATA")
# The package makes this folder when it is imported; nothing is read from it.
os.environ["ALFWORLD_DATA"] = _DATA or str(Path("~/.cache/alfworld").expanduser())

from alma_safe.domains.base import Manner, Task, View  # noqa: E402

from . import engine, rooms  # noqa: E402

_FOLDERS = {"train": "train", "in": "valid_seen", "out": "valid_unseen"}
_FIRST_SEED = {"train": 0, "in": 100_000, "out": 200_000}
_EACH = {"train": 12, "in": 12, "out": 12}
"""Generated games of each type of task; half of a split is played."""
_FRESH_SEED = 2_000_000
_FRESH_EACH = {"train": 12, "in": 16, "out": 12}
_PLACE = re.compile(r"go to (.+)")


def domain(cache: Path) -> AlfWorld:
    """Return the domain. It keeps what it has checked."""
    engine.install_speedups()
    return AlfWorld(cache)


class AlfWorld:
    """Task sets ``published``, ``generated``, ``fresh``, and ``standard``: either of the first."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        """See :class:`alma_safe.domains.base.Domain`."""
        if task_set == "standard":
            task_set = "published" if _DATA else "generated"
        if task_set == "published":
            return _published(split)
        if task_set == "fresh":
            return _generated(split, _FIRST_SEED[split] + _FRESH_SEED, _FRESH_EACH[split])
        return _generated(split, _FIRST_SEED[split], _EACH[split])

    def prepare(self, task_id: str) -> None:
        """Play the solution of a generated game: one that cannot be won is never scored."""
        mark = self._cache / (task_id.replace("/", "-") + ".won")
        if task_id.startswith("generated/") and not mark.exists():
            room = _room(task_id)
            if not _can_be_won(room):
                raise RuntimeError(f"the generated game {task_id} cannot be won")
            mark.touch()

    def open(self, task_id: str, manner: Manner) -> Play:
        """See :class:`alma_safe.domains.base.Domain`."""
        if task_id.startswith("generated/"):
            return Play(engine.start(rooms.game(_room(task_id))), manner.limit)
        return Play(engine.start(str(_root() / task_id / "game.tw-pddl")), manner.limit)


def _generated(split: str, first: int, each: int) -> list[Task]:
    return [
        Task(id=f"generated/{split}/{kind}/{first + number}", kind=kind)
        for number in range(each)
        for kind in rooms.KINDS
    ]


def _room(task_id: str) -> rooms.Room:
    _, split, kind, seed = task_id.split("/")
    return rooms.furnished(kind, int(seed), unseen=split == "out")


def _root() -> Path:
    root = Path(_DATA or "") / "json_2.1.1"
    if not _DATA or not root.is_dir():
        raise RuntimeError(f"ALFWORLD_DATA={_DATA or ''} holds no folder json_2.1.1")
    return root


def _published(split: str) -> list[Task]:
    """The published games that can be solved, in the order of their names."""
    found = []
    root = _root()
    for path in sorted((root / _FOLDERS[split]).glob("*/*/game.tw-pddl")):
        name = path.parent.relative_to(root).as_posix()
        if (
            "movable" in name
            or "Sliced" in name
            or not json.loads(path.read_text("utf-8")).get("solvable")
        ):
            continue
        found.append(Task(id=name, kind=path.parent.parent.name.partition("-")[0]))
    return found


def _can_be_won(room: rooms.Room) -> bool:
    """Play a room's own solution in the engine."""
    environment = engine.start(rooms.game(room))
    environment.reset()
    names = {info.id: info.name for info in environment._entity_infos.values()}
    state: Any = {"won": False}
    for verb, item, place in room.solution():
        item, place = item.lower(), place.lower()  # as the engine has them
        state = environment.step(f"go to {names[place]}")[0]
        if f"open {names[place]}" in state["admissible_commands"]:
            environment.step(f"open {names[place]}")
        words = {"take": "from", "move": "to"}.get(verb, "with")
        command = f"{verb} {names[item]} {words} {names[place]}"
        state = environment.step(f"use {names[item]}" if verb == "use" else command)[0]
    won = bool(state["won"])
    engine.finish(environment)
    return won


class Play:
    """One episode of one game."""

    def __init__(self, environment: Any, limit: int) -> None:
        self._environment = environment
        self._limit = limit
        self._steps = 0
        self._goal = ""
        self._place = "the middle"
        self._here = ""
        self._held = ""

    def reset(self) -> View:
        """See :class:`alma_safe.domains.base.Environment`."""
        state = self._environment.reset()
        text = state["feedback"].strip()
        # Before it there is a banner only.
        text = text[max(0, text.find("You are in the middle")) :]
        self._goal = text.rpartition("Your task is to:")[2].strip()
        commands = self._commands(state)
        return self._view(state, {"obs": text, "actions_list": commands}, text, False)

    def step(self, action: str) -> View:
        """Give one command."""
        self._steps += 1
        state, _, done = self._environment.step(action[:256])
        text = state["feedback"].strip()
        self._follow(action, text)
        fields = {"obs": text, "actions_list": self._commands(state)}
        return self._view(state, fields, text, bool(done))

    def close(self) -> None:
        """Free the planner's library."""
        engine.finish(self._environment)

    @staticmethod
    def _commands(state: Any) -> list[str]:
        return sorted(state["admissible_commands"] or ())

    def _follow(self, action: str, text: str) -> None:
        """Keep track of where the agent is and what it carries, from what it is told."""
        if (found := _PLACE.fullmatch(action)) and text.startswith("You arrive"):
            self._place, self._here = found[1], text
        elif text.startswith("You open"):
            self._here = text
        elif text.startswith("You pick up the "):
            self._held = text.removeprefix("You pick up the ").partition(" from ")[0]
        elif text.startswith("You move the "):
            self._held = ""
        elif found := re.match(r"You (clean|heat|cool) the (.+?) using", text):
            self._held = f"{found[2]}, {found[1]}ed"

    def _view(self, state: Any, fields: dict[str, Any], text: str, done: bool) -> View:
        won = float(bool(state["won"]))
        commands = tuple(fields["actions_list"])
        held = f"You are carrying {self._held}." if self._held else "You are emptyhanded."
        return View(
            fields=fields,
            text=f"{text}\n\nPossible commands: {', '.join(commands)}",
            goal=self._goal,
            choices=commands,
            place=self._place,
            about=f"{self._here}\n{held}",
            score=won,
            reward=won,
            done=done,
            steps=self._steps,
        )
