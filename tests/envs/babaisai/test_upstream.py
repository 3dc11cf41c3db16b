"""Our game and the original side by side: the same maps, the same actions, the same of all else.

The original (nacloos/baba-is-ai) is in no package index: neither ``baba`` nor ``baba-is-ai``
can be installed from one, and nothing else here is fetched from a repository. With its folder
on PYTHONPATH, and ``gym==0.23.1``, what needs it runs.
"""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alma_safe.domains.base import Manner
from envs.babaisai import levels, upstream
from envs.babaisai.game import COLOURS, EDGE, MOVES, NOUNS, PROPERTIES, Game, Rule, block, thing
from envs.babaisai.game import text_of as told
from envs.babaisai.pack import domain

needs_original = pytest.mark.skipif(
    not upstream.available(), reason="the package baba is in no package index; not installed here"
)
ACTIONS = tuple(MOVES)


def aside(first: Game, second: Game) -> None:
    """What has to be the same after each step, things' facings included."""
    assert first.stacks == second.stacks
    assert first.rules == second.rules
    assert (first.time, first.won, first.lost) == (second.time, second.won, second.lost)
    assert (first.reward, first.over) == (second.reward, second.over)
    assert told(first) == told(second)
    assert [_facings(first, cell) for cell in first.stacks] == [
        _facings(second, cell) for cell in second.stacks
    ]


def _facings(game: Game, cell: tuple[int, int]) -> list[str]:
    return [piece.facing for piece in game.stacks[cell] if piece.kind == "thing"]


def compared(made: Any, chance: random.Random, steps: int) -> int:
    """Play both from the original's map; return the steps until it ended or broke down."""
    original, ours = upstream.Original.of(made), upstream.game_of(made)
    aside(original, ours)
    for taken in range(steps):
        action = chance.choice(ACTIONS)
        try:
            original.step(action)
        except (RecursionError, AttributeError):
            return taken  # bugs of the original: endless pulling, turns of what was covered
        ours.step(action)
        aside(original, ours)
        if original.over:
            return taken + 1
    return steps


@needs_original
@pytest.mark.parametrize("name", levels.NAMES)
def test_levels_of_the_original_play_alike(name: str) -> None:
    try:
        upstream.environment(name, 0)
    except KeyError:
        pytest.skip(f"this version of the original has no {name}")
    played = 0
    for seed in range(6):
        played += compared(upstream.environment(name, seed), random.Random(f"{name}/{seed}"), 100)
    assert played > 6


@needs_original
def test_maps_at_random_play_alike() -> None:
    """Words, things and colours in any order, which reaches rules that no level has."""
    played = sum(compared(scattered(seed), random.Random(seed), 40) for seed in range(400))
    assert played > 4_000


def scattered(seed: int) -> Any:
    """A level of the original with its inside drawn anew."""
    from baba.grid import BabaIsYouGrid, put_rule  # type: ignore[import-not-found, unused-ignore]
    from baba.world_object import (  # type: ignore[import-not-found, unused-ignore]
        RuleColor,
        RuleIs,
        RuleObject,
        RuleProperty,
        make_obj,
    )

    made, chance = upstream.environment("goto_win", seed), random.Random(seed)

    def filled(width: int, height: int) -> None:
        made.grid = BabaIsYouGrid(width, height)
        made.grid.wall_rect(0, 0, width, height)
        put_rule(made, chance.choice(NOUNS), "you", positions=(1, 1))
        put_rule(made, chance.choice(NOUNS), chance.choice(PROPERTIES), positions=(1, 6))
        looks = [
            lambda: make_obj(chance.choice(NOUNS), color=chance.choice((*COLOURS, "white"))),
            lambda: make_obj(chance.choice(NOUNS), color=chance.choice(COLOURS)),
            lambda: RuleObject(chance.choice(NOUNS)),
            lambda: RuleProperty(chance.choice(PROPERTIES)),
            lambda: RuleColor(chance.choice(COLOURS)),
            RuleIs,
        ]
        for _ in range(chance.randrange(6, 26)):
            x, y = chance.randrange(1, width - 1), chance.randrange(1, height - 1)
            made.put_obj(chance.choice(looks)(), x, y)

    made._gen_grid = filled
    made.reset(seed=seed)
    return made


@needs_original
def test_task_set_of_the_original_is_played() -> None:
    tasks = domain(Path()).tasks("train", "upstream")
    assert len(tasks) > 100
    level = domain(Path()).open(tasks[0].id, Manner(skills=True, limit=20))
    view = level.reset()
    while not view.done and view.steps < 20:
        view = level.step(view.choices[0] if view.choices else "idle")
    assert view.fields["obs"]


@needs_original
def test_a_copy_of_the_original_goes_its_own_way() -> None:
    original = upstream.Original.of(upstream.environment("goto_win", 1))
    start = original.copy()
    for action in ("up", "right", "left", "down") * 5:
        original.step(action)
    assert (start.time, original.time) == (0, 20)
    again = upstream.game_of(upstream.environment("goto_win", 1))
    assert (start.stacks, start.rules) == (again.stacks, again.rules)


class Stub:
    """As much of the original's environment as the adapter reads."""

    width = height = 5

    def __init__(self) -> None:
        self.step_count = 0
        self.taken: tuple[int, ...] = ()
        self._ruleset = None
        rules = [
            {"object": "baba", "property": "is_agent"},
            {"object": "fball", "property": "is_goal", "obj_color": "red"},
            {"object1": "fkey", "object2": "fdoor"},
        ]
        self.cells: dict[tuple[int, int], list[Any]] = {
            (0, 0): [None, SimpleNamespace(type="wall")],
            (1, 1): [None, SimpleNamespace(type="baba", color="white", dir=1)],
            (3, 1): [None, SimpleNamespace(type="fball", color="red", dir=0)],
            (1, 2): [None, SimpleNamespace(type="rule_object", name="wall")],
            (2, 2): [None, SimpleNamespace(type="rule_property", name="win")],
            (3, 2): [None, SimpleNamespace(type="rule_is", name="is")],
            (3, 3): [None, SimpleNamespace(type="rule_color", obj_color="red")],
        }
        self.grid = SimpleNamespace(
            get=lambda x, y, z: self.cells.get((x, y), [None]), _ruleset={"_rule_": rules}
        )

    def step(self, action: int) -> tuple[None, float, bool, dict[str, Any]]:
        """Win at once."""
        self.taken += (action,)
        self.step_count += 1
        return None, 0.991, True, {}


def test_map_and_rules_of_the_original_are_read() -> None:
    game = upstream.game_of(Stub())
    assert game.stacks[0, 0] == (EDGE,)
    assert game.stacks[3, 1] == (thing("ball", "red"),)
    assert game.top((1, 1)) == thing("baba", "white")
    assert game.stacks[1, 1][0].facing == "down"
    row = [game.top((x, y)) for x, y in ((1, 2), (2, 2), (3, 2), (3, 3))]
    assert row == [block("wall"), block("win"), block("is"), block("red")]
    assert game.rules == (
        Rule("baba", "you"),
        Rule("ball", "win", "red"),
        Rule("key", "door"),
    )


def test_steps_of_the_original_are_its_own() -> None:
    original = upstream.Original.of(Stub())
    again = original.copy()
    original.step("down")
    assert original.made.taken == (3,)
    assert (original.won, original.lost, original.over, original.time) == (True, False, True, 1)
    assert (again.over, again.made.taken) == (False, ())
    with pytest.raises(KeyError):
        original.step("jump")


@pytest.mark.skipif(upstream.available(), reason="the original is here")
def test_without_the_original_its_task_set_is_empty() -> None:
    assert not domain(Path()).tasks("train", "upstream")
