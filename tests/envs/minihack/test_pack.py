from __future__ import annotations

from pathlib import Path

import pytest

from alma_safe.domains.base import SPLITS, Manner, View
from envs.minihack.boxoban import BOXES, PULLS, puzzle
from envs.minihack.pack import GOAL, domain
from envs.minihack.words import DARK, in_words

pytestmark = pytest.mark.slow
MINIHACK = domain(Path())


def guided(task: str, limit: int = 100) -> list[View]:
    """Go to the stairs where they are seen, else explore, else search."""
    level = MINIHACK.open(task, Manner(skills=True, limit=limit))
    views = [level.reset()]
    while not views[-1].done and views[-1].steps < limit:
        choices = views[-1].choices
        wished = ("go to stairs down", "explore", "search walls", *choices)
        views.append(level.step(next(wish for wish in wished if wish in choices)))
    level.close()
    return views


@pytest.mark.parametrize(
    "task", ["MiniHack-Room-5x5-v0/1", "MiniHack-Room-15x15-v0/1", "MiniHack-MazeWalk-9x9-v0/4"]
)
def test_level_is_won_by_exploring(task: str) -> None:
    views = guided(task)
    assert (views[-1].reward, views[-1].done) == (1.0, True)


def test_same_seed_is_the_same_game() -> None:
    first, second = (guided("MiniHack-Room-Ultimate-15x15-v0/7", 30) for _ in range(2))
    assert first == second
    assert guided("MiniHack-Room-Ultimate-15x15-v0/8", 30)[0] != first[0]


def test_start_says_what_alma_says() -> None:
    view = MINIHACK.open("MiniHack-Corridor-R3-v0/1", Manner(skills=False, limit=5)).reset()
    assert set(view.fields) == {"long_term_context", "short_term_context", "action_dict", "goal"}
    assert view.fields["goal"] == GOAL
    assert list(view.choices) == list(view.fields["action_dict"])
    assert {"north", "southwest", "open", "kick", "search"} <= set(view.choices)
    for part in ("message:\n", "language observation:\n", "cursor:\nYourself a ", "map:\n"):
        assert part in view.fields["long_term_context"]


def test_action_that_there_is_not_costs_a_step_and_is_answered() -> None:
    level = MINIHACK.open("MiniHack-Room-5x5-v0/1", Manner(skills=False, limit=3))
    level.reset()
    assert level.step("explore").text.startswith("There is no action 'explore' here.")
    assert level.step("x" * 900).steps == 2
    assert not level.step("north").done
    level.close()


def test_things_are_told_far_first_then_clockwise() -> None:
    names = {(x, y): DARK for x in range(40) for y in range(20)}
    names |= {(x, y): "floor of a room" for x in range(8, 13) for y in range(8, 13)}
    names |= {(10, 9): "boulder", (12, 10): "key", (30, 12): "stairs down"}
    told = in_words(names, (10, 10)).splitlines()
    assert "stairs down very far eastsoutheast" in told
    assert "key very near east" in told
    assert "boulder adjacent north" in told
    assert told.index("key very near east") < told.index("boulder adjacent north")


def test_splits_are_those_of_alma_but_for_boxoban() -> None:
    counts = [len(MINIHACK.tasks(split, "alma")) for split in SPLITS]
    assert counts == [34, 80, 11]
    ids = [task.id for split in SPLITS for task in MINIHACK.tasks(split, "alma")]
    assert len(ids) == len(set(ids))


def test_every_published_level_begins() -> None:
    for split in SPLITS:
        for task in MINIHACK.tasks(split, "alma"):
            level = MINIHACK.open(task.id, Manner(skills=True, limit=3))
            assert level.reset().choices
            level.step(level.reset().choices[0])
            level.close()


@pytest.mark.parametrize("kind", sorted(PULLS))
@pytest.mark.parametrize("seed", range(3))
def test_boxoban_is_won_by_its_own_solution(kind: str, seed: int) -> None:
    made = puzzle(kind, seed)
    assert made == puzzle(kind, seed)
    assert made.text.count("$") == made.text.count(".") == BOXES
    assert len(made.solution) <= 95
    level = MINIHACK.open(f"MiniHack-Boxoban-{kind}-v0/{seed}", Manner(skills=False, limit=100))
    view = level.reset()
    assert set(view.choices) == {"north", "east", "south", "west"}
    moves = iter(made.solution)
    # On the way back every box may be home before the last push.
    while not view.done:
        assert view.reward == 0.0
        view = level.step(next(moves))
    assert (view.done, view.reward) == (True, 1.0)
    level.close()


def test_boxoban_is_not_won_by_wandering() -> None:
    level = MINIHACK.open("MiniHack-Boxoban-Hard-v0/1", Manner(skills=False, limit=100))
    level.reset()
    views = [level.step(("north", "east", "south", "west")[n % 4]) for n in range(40)]
    assert not any(view.reward for view in views)
    level.close()


def test_seeds_are_other_puzzles() -> None:
    assert len({puzzle("Medium", seed).text for seed in range(8)}) == 8


def test_fresh_tasks_are_in_no_other_set() -> None:
    fresh, graded = (
        [task.id for split in SPLITS for task in MINIHACK.tasks(split, task_set)]
        for task_set in ("fresh", "graded")
    )
    assert len(fresh) == len(set(fresh))
    assert set(fresh).isdisjoint(graded)
