"""The levels of Baba Is AI: all there, the same everywhere, and solvable."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import deque

import pytest

from envs.babaisai.game import MOVES, Game, text_of
from envs.babaisai.levels import NAMES, build

MAX_STEPS = 20


def plan(game: Game, cap: int = 4000) -> list[str] | None:
    """A shortest way to win, or None where none was found among so many positions."""
    waiting, seen = deque([(game, [])]), set()
    while waiting and len(seen) < cap:
        now, before = waiting.popleft()
        for action in list(MOVES)[1:]:
            then = now.copy()
            then.step(action)
            if then.won:
                return [*before, action]
            key = tuple(stack for stack in then.stacks.values())
            if key not in seen and len(before) < MAX_STEPS:
                seen.add(key)
                waiting.append((then, [*before, action]))
    return None


def print_of(game: Game) -> str:
    return hashlib.sha256(repr((game.stacks, game.rules)).encode()).hexdigest()


def test_there_are_53():
    assert len(NAMES) == len(set(NAMES)) == 53


@pytest.mark.parametrize("name", NAMES)
def test_every_level_can_be_drawn_and_described(name):
    for seed in range(40):
        text = text_of(build(name, seed))
        assert text is not None
        assert " is you" in text
        ready = name.endswith("make_you") or any(
            part in name for part in ("goto_win", "you_win", "distr_win_rule")
        )
        assert (" is win" in text) == ready


def test_seeds_draw_different_maps():
    assert len({print_of(build("goto_win", seed)) for seed in range(30)}) > 25


def test_a_level_is_the_same_under_every_hash_seed():
    code = (
        "from tests.envs.babaisai.test_levels import NAMES, build, print_of\n"
        "print([print_of(build(name, seed)) for name in NAMES for seed in (0, 7)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("goto_win", "you_win"))]
)
def test_levels_of_one_room_can_be_won_within_the_step_limit(name):
    for seed in range(3):
        found = plan(build(name, seed))
        assert found is not None
        game = build(name, seed)
        for action in found:
            game.step(action)
        assert game.won


def test_targets_of_restricted_levels():
    for seed in range(10):
        assert "ball is win" not in str(text_of(build("make_win#no_ball_win", seed)))
        assert "rule `ball`" in str(text_of(build("make_win#only_ball_win", seed)))
        assert "rule `ball`" not in str(text_of(build("make_win#no_ball_win", seed)))


def test_an_unknown_level_is_refused():
    with pytest.raises(KeyError):
        build("goto_lose", 0)
