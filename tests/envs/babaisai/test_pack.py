from __future__ import annotations

from pathlib import Path

import pytest

from alma_safe.domains.base import SPLITS, Manner, View
from envs.babaisai import levels
from envs.babaisai.pack import domain

BABA = domain(Path())


def played(task: str, *actions: str, skills: bool = True, limit: int = 30) -> View:
    environment = BABA.open(task, Manner(skills=skills, limit=limit))
    view = environment.reset()
    for action in actions:
        view = environment.step(action)
    environment.close()
    return view


@pytest.mark.parametrize("task_set", ["graded", "alma"])
def test_splits_share_no_task(task_set: str) -> None:
    ids = [task.id for split in SPLITS for task in BABA.tasks(split, task_set)]
    assert len(ids) == len(set(ids))
    assert ids == [task.id for split in SPLITS for task in domain(Path()).tasks(split, task_set)]


def test_alma_has_all_levels_in_halves() -> None:
    halves = [[task.id for task in BABA.tasks(split, "alma")] for split in ("train", "in")]
    assert [len(half) for half in halves] == [26, 27]
    assert {name.rpartition("/")[0] for half in halves for name in half} == set(levels.NAMES)


def test_levels_are_won_by_skills() -> None:
    assert played("goto_win/3", f"go to {winner('goto_win/3')}").reward == 1.0
    task = "two_room-break_stop-goto_win/3"
    assert played(task, "break wall is stop", f"go to {winner(task)}").reward == 1.0
    made = [choice for choice in played("make_win/3").choices if choice.startswith("make")]
    assert played("make_win/3", made[0], f"go to {made[0].split()[1]}").reward == 1.0


def winner(task: str) -> str:
    rules = played(task).place.split("; ")
    return next(rule.split()[0] for rule in rules if rule.endswith("is win"))


def test_most_levels_can_be_won_by_some_two_or_three_skills() -> None:
    tasks = BABA.tasks("in", "graded")[:20]
    won = 0
    for task in tasks:
        ways: list[tuple[str, ...]] = [()]
        for _ in range(3):
            ways = [(*way, skill) for way in ways for skill in played(task.id, *way).choices]
            if any(played(task.id, *way, limit=60).reward for way in ways):
                won += 1
                break
    assert won >= 18


def test_skill_takes_its_steps_and_is_cut_at_the_limit() -> None:
    whole = played("two_room-goto_win/3", "go to wall")
    assert whole.steps > 1
    cut = played("two_room-goto_win/3", "go to wall", limit=1)
    # A limit is no end of the game: a memory must not take it for a loss.
    assert (cut.steps, cut.done) == (1, False)


@pytest.mark.parametrize("action", ["", "go to moon", "jump", "go", "make baba is"])
def test_action_that_there_is_not_costs_a_step_and_is_answered(action: str) -> None:
    view = played("goto_win/3", action)
    assert view.steps == 1
    assert view.text.startswith("There is no action")


def test_single_steps_are_all_that_a_model_gets() -> None:
    view = played("goto_win/3", skills=False)
    assert view.choices == ("idle", "up", "right", "down", "left")
    assert played("goto_win/3", "go to ball", skills=False).text.startswith("There is no action")


def test_fresh_tasks_are_in_no_other_set() -> None:
    pack = domain(Path())
    fresh, graded = (
        [task.id for split in SPLITS for task in pack.tasks(split, task_set)]
        for task_set in ("fresh", "graded")
    )
    assert len(fresh) == len(set(fresh))
    assert set(fresh).isdisjoint(graded)
