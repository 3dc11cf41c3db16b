from __future__ import annotations

from pathlib import Path

import pytest
import textworld

from alma_safe.domains.base import SPLITS, Manner
from envs.textworld import games
from envs.textworld.pack import domain

# The interpreter of the games warns of every game that it does not know.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
MANNER = Manner(skills=True, limit=80)


def solution(path: Path) -> list[str]:
    infos = textworld.EnvInfos(extras=["walkthrough"])
    environment = textworld.start(str(path), infos)
    walkthrough: list[str] = environment.reset()["extra.walkthrough"]
    environment.close()
    return walkthrough


@pytest.mark.parametrize("task", ["hunt/14/1000", "cook/2-6-kc/2001", "cook/balrog/10980"])
def test_game_is_won_by_its_solution(tmp_path: Path, task: str) -> None:
    play = domain(tmp_path).open(task, Manner(skills=True, limit=200))
    view = play.reset()
    assert view.fields["goal"] == view.goal
    assert view.goal not in view.fields["obs"]
    last = 0.0
    for command in solution(games.made(games.recipe(task), tmp_path)):
        assert command not in view.goal
        view = play.step(command)
        assert last <= view.reward <= 1.0
        last = view.reward
        assert "\n>" not in view.text
    play.close()
    assert (view.reward, view.done) == (1.0, True)


def test_published_game_is_the_one_that_was_published(tmp_path: Path) -> None:
    number, seeds = next(iter(games.balrog_games()["cooking"].items()))
    path = games.made(games.recipe(f"cook/balrog/{number}"), tmp_path)
    assert len(solution(path)) == seeds[4]


def test_game_is_made_once_and_whole(tmp_path: Path) -> None:
    pack = domain(tmp_path)
    pack.prepare("hunt/5/1")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    pack.prepare("hunt/5/1")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert sorted(path.suffix for path in before) == [".json", ".z8"]


@pytest.mark.parametrize("suffix", [".json", ".z8"])
@pytest.mark.parametrize("damage", ["empty", "cut", "other", "gone"])
def test_a_game_that_is_not_whole_is_made_again(tmp_path: Path, suffix: str, damage: str) -> None:
    pack = domain(tmp_path)
    pack.prepare("hunt/5/1")
    [file] = tmp_path.glob(f"*{suffix}")
    whole = file.read_bytes()
    half = len(whole) // 2
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(
            {"empty": b"", "cut": whole[:half], "other": whole[:half] + b"\0" + whole[half + 1 :]}[
                damage
            ]
        )
    play = pack.open("hunt/5/1", MANNER)
    assert play.reset().goal
    play.close()
    assert len(list(tmp_path.glob("*.z8"))) == 1
    if suffix == ".z8":
        assert len(file.read_bytes()) == len(whole)


def test_wrong_command_costs_a_step_and_is_answered(tmp_path: Path) -> None:
    play = domain(tmp_path).open("hunt/5/1", MANNER)
    play.reset()
    for number, command in enumerate(["", "x" * 5_000, "fly to the moon", "go\nnorth"], start=1):
        view = play.step(command)
        assert view.steps == number
        assert view.text
    play.close()


@pytest.mark.parametrize("task_set", ["graded", "balrog"])
def test_splits_share_no_task(tmp_path: Path, task_set: str) -> None:
    pack = domain(tmp_path)
    ids = [task.id for split in SPLITS for task in pack.tasks(split, task_set)]
    assert len(ids) == len(set(ids))


def test_published_games_are_halved_as_alma_halves_them(tmp_path: Path) -> None:
    pack = domain(tmp_path)
    assert [len(pack.tasks(split, "balrog")) for split in SPLITS] == [24, 26, 0]


def test_fresh_tasks_are_in_no_other_set(tmp_path: Path) -> None:
    pack = domain(tmp_path)
    fresh, graded = (
        [task.id for split in SPLITS for task in pack.tasks(split, task_set)]
        for task_set in ("fresh", "graded")
    )
    assert len(fresh) == len(set(fresh))
    assert set(fresh).isdisjoint(graded)
