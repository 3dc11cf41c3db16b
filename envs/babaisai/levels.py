"""The 53 levels of Baba Is AI: a name and a seed give one map, the same on every machine.

Places are ``(column, row)`` from the upper left corner, the edge included. The three things
of a level are a random order of ball, key and door; the first is the one that wins.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from .game import COLOURS, EDGE, Cell, Game, Piece, block, thing

_THINGS = ("ball", "key", "door")
_DISTRACTIONS = ("", "-distr_obj", "-distr_rule", "-distr_obj_rule", "-distr_obj-irrelevant_rule")

NAMES: tuple[str, ...] = (
    *(f"{task}{more}" for task in ("goto_win", "make_win") for more in _DISTRACTIONS),
    *(
        f"two_room-{task}{more}"
        for task in ("goto_win", "make_win")
        for more in (*_DISTRACTIONS, "-distr_win_rule")
    ),
    *(
        f"two_room-break_stop-{task}{more}"
        for task in ("goto_win", "make_win")
        for more in _DISTRACTIONS
    ),
    *(f"two_room-maybe_break_stop-goto_win{more}" for more in _DISTRACTIONS),
    "two_room-make_you",
    "two_room-make_you-make_win",
    "two_room-make_wall_win",
    "you_win",
    "you_win-fixed_you",
    "goto_win-distr_win_rule",
    *(
        f"make_win{more}#{only}"
        for more in _DISTRACTIONS
        for only in ("no_ball_win", "only_ball_win")
    ),
)
"""All levels: 40 that language models are usually measured on, then 13 others."""


class _Map:
    """A level while it is drawn."""

    def __init__(self, width: int, height: int, rng: random.Random) -> None:
        self.game = Game(width, height)
        self._rng = rng

    def write(self, x: int, y: int, words: str) -> None:
        """Lay word blocks in a row; a dot leaves its cell empty."""
        self.game.lay(x, y, *(None if word == "." else block(word) for word in words.split()))

    def put(self, piece: Piece, columns: Iterable[int], rows: Iterable[int]) -> Cell:
        """Lay a piece onto a random empty cell of an area."""
        return self.put_on(piece, [(x, y) for y in rows for x in columns])

    def put_on(self, piece: Piece, cells: list[Cell]) -> Cell:
        """Lay a piece onto a random empty one of these cells."""
        cell = self._rng.choice([cell for cell in cells if not self.game.stacks[cell]])
        self.game.lay(*cell, piece)
        return cell


def build(name: str, seed: int) -> Game:
    """Return the level ``name`` as ``seed`` draws it. Raises KeyError for an unknown name."""
    if name not in NAMES:
        raise KeyError(name)
    # Text seeds do not depend on PYTHONHASHSEED.
    rng = random.Random(f"{name}/{seed}")
    level, _, only = name.partition("#")
    first, second, third = _ordered(rng, only)
    if level.startswith("you_win"):
        return _you_win(rng, fixed=level.endswith("fixed_you")).begin()
    if level.startswith("two_room-make_"):
        special = _SPECIAL.get(level)
        if special is not None:
            return special(rng, first, second, third).begin()
    if level.startswith("two_room-"):
        return _two_rooms(level, rng, first, second, third).begin()
    return _one_room(level, rng, first, second, third).begin()


def _ordered(rng: random.Random, only: str) -> list[str]:
    while True:
        things = rng.sample(_THINGS, 3)
        if not only or (things[0] == "ball") == (only == "only_ball_win"):
            return things


def _one_room(level: str, rng: random.Random, first: str, second: str, third: str) -> Game:
    drawn = _Map(8, 8, rng)
    make = level.startswith("make_win")
    drawn.write(1, 6, "baba is you")
    drawn.write(1, 1, f"{'.' if make else first} is win")
    if level.endswith("-distr_win_rule"):
        drawn.write(4, 4, f"{third} is win")
    if make:
        drawn.put(block(first), range(2, 6), range(2, 6))
    if "rule" in level and not level.endswith("win_rule"):
        noun = third if "irrelevant" in level else second
        corners = [*((x, 6) for x in range(4, 7)), *((x, 1) for x in range(4, 7))]
        drawn.put_on(block(noun), sorted({*corners, *((6, y) for y in range(1, 7))}))
    drawn.put(thing("baba"), range(1, 7), range(2, 7))
    drawn.put(thing(first), range(1, 7), range(2, 7))
    if "distr_obj" in level:
        drawn.put(thing(second), range(1, 7), range(2, 7))
    return drawn.game


def _rooms(rng: random.Random) -> _Map:
    drawn = _Map(13, 9, rng)
    for y in range(1, 8):
        drawn.game.lay(6, y, thing("wall"))
    return drawn


def _two_rooms(level: str, rng: random.Random, first: str, second: str, third: str) -> Game:
    drawn = _rooms(rng)
    make, maybe = "make_win" in level, "maybe_break_stop" in level
    intact = "break_stop" in level
    drawn.write(1, 7, "baba is you")
    drawn.write(9, 1, f"{'.' if make else first} is win")
    if level.endswith("-distr_win_rule"):
        drawn.write(9, 4, f"{third} is win")
    if intact:
        drawn.write(1, 2, "wall is stop")
    else:
        missing = rng.choice(("is", "stop"))
        drawn.write(1, 2, "wall . stop" if missing == "is" else "wall is .")
        drawn.put(block(missing), range(2, 6), range(3, 6))
    drawn.put(thing("baba"), range(2, 6), range(3, 6))
    if make:
        drawn.put(block(first), range(7, 11), range(3, 6))
    _distract(drawn, level, second, third)
    columns = [*range(1, 5), *range(7, 11)] if maybe else range(7, 11) if intact else range(1, 5)
    rows = range(2, 8) if intact else range(1, 8)
    drawn.put(thing(first), columns, rows)
    if "distr_obj" in level:
        drawn.put(thing(second), columns, rows)
    return drawn.game


def _distract(drawn: _Map, level: str, second: str, third: str) -> None:
    """A word that could make another thing win, or one out of reach that could not."""
    if "irrelevant_rule" in level:
        drawn.put(block(third), range(7, 11), range(3, 6))
    elif "distr_obj_rule" in level:
        # In a corner nothing can be pushed away from.
        drawn.put_on(
            block(second), [*((11, y) for y in range(2, 7)), *((x, 7) for x in range(8, 12))]
        )
    elif "distr_rule" in level:
        drawn.put(block(second), range(7, 11), range(3, 6))


def _make_you(rng: random.Random, first: str, second: str, third: str, *, make: bool) -> Game:
    drawn = _rooms(rng)
    drawn.write(1, 6, "baba is you")
    drawn.write(1, 1, "wall is stop")
    drawn.write(9, 1, f"{'.' if make else first} is win")
    drawn.put(block(second), range(2, 5), range(3, 6))
    drawn.put(thing("baba"), range(2, 5), range(3, 6))
    if make:
        drawn.put(block(first), range(8, 11), range(3, 6))
    for name in (first, second):
        drawn.put(thing(name), range(7, 11), range(2, 8))
    return drawn.game


def _make_wall_win(rng: random.Random, first: str, second: str, third: str) -> Game:
    drawn = _rooms(rng)
    drawn.write(1, 7, "baba is you")
    drawn.write(2, 2, "wall is stop")
    drawn.write(9, 1, ". is win")
    drawn.put_on(block(first), [*((11, y) for y in range(2, 7)), *((x, 7) for x in range(8, 12))])
    drawn.put(block(third), range(7, 11), range(3, 6))
    drawn.put(thing("baba"), range(2, 6), range(3, 6))
    drawn.put(thing(first), range(7, 11), range(2, 8))
    return drawn.game


_SPECIAL: dict[str, Callable[[random.Random, str, str, str], Game]] = {
    "two_room-make_you": lambda *drawn: _make_you(*drawn, make=False),
    "two_room-make_you-make_win": lambda *drawn: _make_you(*drawn, make=True),
    "two_room-make_wall_win": _make_wall_win,
}


def _you_win(rng: random.Random, *, fixed: bool) -> Game:
    """Four things in the middle; the one that is YOU lies beside the one that wins."""
    drawn = _Map(6, 6, rng)
    looks = [(colour, name) for colour in COLOURS for name in _THINGS]
    you = ("red", "ball") if fixed else rng.choice(looks)
    win = rng.choice([look for look in looks if look != you])
    others = rng.sample([look for look in looks if look not in (you, win)], 2)
    drawn.write(1, 1, f"{you[0]} {you[1]} is you")
    drawn.write(1, 2, f"{win[0]} {win[1]} is win")
    for cell in ((1, 3), (1, 4), (4, 3), (4, 4)):
        drawn.game.lay(*cell, EDGE)
    cells = [(2, 3), (3, 3), (2, 4), (3, 4)]
    own = rng.choice(cells)
    goal = rng.choice(
        [cell for cell in cells if abs(cell[0] - own[0]) + abs(cell[1] - own[1]) == 1]
    )
    rest = [cell for cell in cells if cell not in (own, goal)]
    for cell, (colour, name) in zip((own, goal, *rest), (you, win, *others), strict=True):
        drawn.game.lay(*cell, thing(name, colour))
    return drawn.game
