"""Sokoban in NetHack: levels made by playing backwards, and the package's game put right.

The package has no levels and downloads them; these are its own. A level is made from its
solved state by pulling boxes away from their goals, so that pushing them back the same way
solves it. The package's class takes no seed, and asks for goals before it knows them.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .packaged import MiniHackNavigation, boxohack

type Cell = tuple[int, int]

SIZE = 10
BOXES = 4
PULLS = {"Unfiltered": 8, "Medium": 14, "Hard": 22}
"""Pulls away from the goals, by the name of a set of levels: what it takes to solve them."""

MOST_STEPS = 95
"""Of a level's own solution: an episode has a hundred."""

_DIRECTIONS: dict[str, Cell] = {"north": (0, -1), "east": (1, 0), "south": (0, 1), "west": (-1, 0)}
_FLOOR = 42
_TRIES = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """A level as text (``#`` wall, ``$`` box, ``.`` goal, ``@`` player) and a way to solve it."""

    text: str
    solution: tuple[str, ...]


def puzzle(kind: str, seed: int) -> Puzzle:
    """Make a level of a set, the same for the same seed. Raises KeyError for no such set."""
    pulls = PULLS[kind]
    chance = random.Random(f"{kind}/{seed}")
    for _ in range(_TRIES):
        made = _attempt(chance, pulls)
        if made is not None:
            return made
    raise AssertionError(f"no level of {kind} in {_TRIES} tries")


def _attempt(chance: random.Random, pulls: int) -> Puzzle | None:
    floor = _carved(chance)
    goals = chance.sample(sorted(floor), BOXES)
    boxes = set(goals)
    player = chance.choice(sorted(floor - boxes))
    pushes: list[tuple[Cell, str]] = []
    for _ in range(pulls):
        reached = _reached(floor - boxes, player)
        ways = [
            (box, name)
            for box in sorted(boxes)
            for name, step in _DIRECTIONS.items()
            if _back(box, step) in reached and _back(_back(box, step), step) in floor - boxes
        ]
        if not ways:
            return None
        box, name = chance.choice(ways)
        step = _DIRECTIONS[name]
        boxes.remove(box)
        boxes.add(_back(box, step))
        player = _back(_back(box, step), step)
        pushes.append((_back(box, step), name))
    # A box on its goal, or a player on one, would hide the goal from the game.
    if boxes & set(goals) or player in goals:
        return None
    moves = tuple(_moves(floor, boxes, player, reversed(pushes)))
    if len(moves) > MOST_STEPS:
        return None
    return Puzzle(text=_drawn(floor, goals, boxes, player), solution=moves)


def _carved(chance: random.Random) -> set[Cell]:
    """A connected floor inside the outer walls."""
    place = (SIZE // 2, SIZE // 2)
    floor = {place}
    while len(floor) < _FLOOR:
        x, y = chance.choice(list(_DIRECTIONS.values()))
        there = (place[0] + x, place[1] + y)
        if 0 < there[0] < SIZE - 1 and 0 < there[1] < SIZE - 1:
            floor.add(there)
            place = there
    return floor


def _moves(
    floor: set[Cell], boxes: set[Cell], player: Cell, pushes: Iterator[tuple[Cell, str]]
) -> Iterator[str]:
    """Walk behind each box and push it."""
    boxes = set(boxes)
    for box, name in pushes:
        step = _DIRECTIONS[name]
        yield from _path(floor - boxes, player, _back(box, step))
        yield name
        boxes.remove(box)
        boxes.add((box[0] + step[0], box[1] + step[1]))
        player = box


def _path(free: set[Cell], start: Cell, end: Cell) -> list[str]:
    ways: dict[Cell, list[str]] = {start: []}
    pending = deque([start])
    while pending:
        place = pending.popleft()
        for name, (x, y) in _DIRECTIONS.items():
            there = (place[0] + x, place[1] + y)
            if there in free and there not in ways:
                ways[there] = [*ways[place], name]
                pending.append(there)
    return ways[end]


def _reached(free: set[Cell], start: Cell) -> set[Cell]:
    reached, pending = {start}, [start]
    while pending:
        x, y = pending.pop()
        for dx, dy in _DIRECTIONS.values():
            there = (x + dx, y + dy)
            if there in free and there not in reached:
                reached.add(there)
                pending.append(there)
    return reached


def _back(cell: Cell, step: Cell) -> Cell:
    return cell[0] - step[0], cell[1] - step[1]


def _drawn(floor: set[Cell], goals: list[Cell], boxes: set[Cell], player: Cell) -> str:
    marks = dict.fromkeys(goals, ".") | dict.fromkeys(boxes, "$") | {player: "@"}
    rows = (
        "".join(marks.get((x, y), " " if (x, y) in floor else "#") for x in range(SIZE))
        for y in range(SIZE)
    )
    return "".join(f"{row}\n" for row in rows)


class Boxoban(boxohack.BoxoHack):  # type: ignore[misc]
    """The package's game with one level that is given."""

    def __init__(self, level: str, **options: Any) -> None:
        self._levels = [level]
        self._time_penalty = 0
        self._flags = ()
        self._reward_shaping_coefficient = 0
        self._goal_pos_set = {(-1, -1)}
        MiniHackNavigation.__init__(
            self,
            des_file=self.get_lvl_gen().get_des(),
            actions=boxohack.MOVE_ACTIONS,
            max_episode_steps=400,
            **options,
        )

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin. Until the goals are on view none of them is where a box is."""
        self._goal_pos_set = {(-1, -1)}
        found = MiniHackNavigation.reset(self, options=options or {"wizkit_items": None})
        self._goal_pos_set = self._object_positions(self.last_observation, "{")
        return found
