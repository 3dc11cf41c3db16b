"""What the scripted agent chooses among: ways to what is seen, and what to do there.

A skill goes step by step and looks again after each, so that a monster in the way or a
wall that was not seen ends it and does not lead it astray.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .words import COMPASS, DARK, PLAIN, Cell

_BLOCKING = re.compile(r".* wall|dark area|boulder|water|molten lava|tree|iron bars|closed door|$")
_SCENERY = re.compile(r".* wall|doorway|dark area|(open|broken) door|stairs up|stone|$")
_SEARCHES = 5
_LONGEST = 40


@dataclass(slots=True)
class Sight:
    """What is known of a level: names of the cells, who is a monster, where one has been."""

    names: dict[Cell, str] = field(default_factory=dict)
    monsters: frozenset[Cell] = frozenset()
    own: Cell = (0, 0)
    been: set[Cell] = field(default_factory=set)
    failed: set[tuple[Cell, str]] = field(default_factory=set)


def choices(sight: Sight, actions: frozenset[str]) -> tuple[str, ...]:
    """Return the skills that the level suggests now."""
    found = [f"go to {name}" for name in sorted(_things(sight))]
    if _way(sight, lambda cell: _is_edge(sight, cell)):
        found.append("explore")
    if "search" in actions:
        found.append("search walls")
    if "closed door" in sight.names.values():
        found += [f"{verb} door" for verb in ("open", "kick") if verb in actions]
    found += sorted({f"attack {sight.names[cell]}" for cell in sight.monsters})
    if "pickup" in actions:
        found.append("pick up item")
    return tuple(found)


def steps(sight: Sight, skill: str) -> Iterator[str]:
    """Yield the actions of a skill; ``sight`` is kept up to date between them."""
    verb, _, rest = skill.partition(" ")
    if skill == "explore":
        yield from _walk(sight, lambda cell: _is_edge(sight, cell))
    elif verb == "go":
        name = rest.removeprefix("to ")
        yield from _walk(sight, lambda cell: sight.names.get(cell) == name)
    elif verb == "search":
        yield from ["search"] * _SEARCHES
    elif verb == "pick":
        yield "pickup"
    elif verb in ("open", "kick"):
        yield from _at_door(sight, verb)
    elif verb == "attack":
        yield from _walk(
            sight, lambda cell: cell in sight.monsters and sight.names.get(cell) == rest
        )


def _things(sight: Sight) -> set[str]:
    return {
        name
        for cell, name in sight.names.items()
        if cell != sight.own
        and cell not in sight.monsters
        and not _SCENERY.fullmatch(name)
        and not PLAIN.fullmatch(name)
    }


def _near(cell: Cell) -> Iterator[tuple[str, Cell]]:
    for action, (dx, dy) in COMPASS.items():
        yield action, (cell[0] + dx, cell[1] + dy)


def _is_edge(sight: Sight, cell: Cell) -> bool:
    """Whether something may be found from a cell: not been there, and darkness around it."""
    if cell in sight.been:
        return False
    dark = any(sight.names.get(other, DARK) == DARK for _, other in _near(cell))
    return dark or sight.names.get(cell) in ("doorway", "open door", "broken door", "corridor")


def _way(sight: Sight, wanted: Callable[[Cell], bool]) -> list[str]:
    """The shortest way to a cell that is wanted, or an empty list."""
    queue: deque[Cell] = deque([sight.own])
    came: dict[Cell, tuple[Cell, str] | None] = {sight.own: None}
    while queue:
        cell = queue.popleft()
        if cell != sight.own and wanted(cell):
            actions: list[str] = []
            while (step := came[cell]) is not None:
                cell, action = step
                actions.append(action)
            return actions[::-1]
        if cell != sight.own and _BLOCKING.fullmatch(sight.names.get(cell, "")):
            continue  # can be a goal, but nothing lies beyond it
        for action, other in _near(cell):
            if other in came or (cell, action) in sight.failed:
                continue
            if wanted(other) or not _BLOCKING.fullmatch(sight.names.get(other, "")):
                came[other] = cell, action
                queue.append(other)
    return []


def _walk(sight: Sight, wanted: Callable[[Cell], bool]) -> Iterator[str]:
    for _ in range(_LONGEST):
        way = _way(sight, wanted)
        if not way:
            return
        before = sight.own
        yield way[0]
        if sight.own == before:
            sight.failed.add((before, way[0]))
        if len(way) == 1:
            return


def _at_door(sight: Sight, verb: str) -> Iterator[str]:
    """Walk beside a door, not cornerwise, and open or kick it."""

    def beside(cell: Cell) -> str:
        return next(
            (
                action
                for action, other in list(_near(cell))[:4]
                if sight.names.get(other) == "closed door"
            ),
            "",
        )

    if not beside(sight.own):
        yield from _walk(sight, lambda cell: bool(beside(cell)))
    if direction := beside(sight.own):
        yield verb
        yield direction
