"""A whole domain: the treasure is always behind the green door, and nobody says so."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from alma_safe.domains.base import Manner, Task, View

COLOURS = ("red", "green", "blue", "white", "black", "brown", "grey", "pink")


def domain(cache: Path) -> Doors:
    return Doors()


class Doors:
    def tasks(self, split: str, task_set: str) -> Sequence[Task]:
        return [Task(id=f"{split}/{number}", kind="room") for number in range(20)]

    def prepare(self, task_id: str) -> None:
        pass

    def open(self, task_id: str, manner: Manner) -> Room:
        return Room(task_id, manner)


class Room:
    def __init__(self, task_id: str, manner: Manner) -> None:
        others = random.Random(task_id).sample([c for c in COLOURS if c != "green"], 5)
        self._doors = tuple(f"open {colour} door" for colour in ("green", *others))
        self._steps = 0

    def reset(self) -> View:
        text = f"You see a {', a '.join(door[5:] for door in self._doors)}."
        return self._view({"obs": text, "goal": "Find the treasure."}, text, won=False)

    def step(self, action: str) -> View:
        self._steps += 1
        won = action == "open green door"
        text = "You open it: the treasure! The score went up." if won else "Nothing is here."
        return self._view({"obs": text}, text, won=won)

    def close(self) -> None:
        pass

    def _view(self, fields: dict[str, str], text: str, *, won: bool) -> View:
        return View(
            fields=fields,
            text=text,
            goal="Find the treasure.",
            choices=self._doors,
            score=float(won),
            reward=float(won),
            done=won,
            steps=self._steps,
        )
