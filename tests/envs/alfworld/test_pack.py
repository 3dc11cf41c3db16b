from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alma_safe.domains.base import SPLITS, Manner
from envs.alfworld import rooms
from envs.alfworld.pack import domain

# The engine leaves the file of a game open.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

TRANSCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from envs.alfworld import engine, rooms
if {fast}:
    engine.install_speedups()
room = rooms.furnished({kind!r}, 5, unseen=False)
environment = engine.start(rooms.game(room))
state = environment.reset()
told = [state["feedback"], sorted(state["admissible_commands"])]
for number in range(12):
    commands = sorted(state["admissible_commands"])
    state, _, done = environment.step(commands[(7 * number) % len(commands)])
    told += [state["feedback"], sorted(state["admissible_commands"]), state["won"]]
print(json.dumps(told))
"""
ROOT = Path(__file__).resolve().parents[3]


def transcript(kind: str, *, fast: bool, hash_seed: str) -> list[object]:
    code = TRANSCRIPT.format(root=str(ROOT), fast=fast, kind=kind)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "ALFWORLD_DATA": "/tmp/alfworld-none"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    found: list[object] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("kind", rooms.KINDS)
def test_games_can_be_won(tmp_path: Path, kind: str) -> None:
    pack = domain(tmp_path)
    for split in SPLITS:
        task = next(task for task in pack.tasks(split, "generated") if task.kind == kind)
        pack.prepare(task.id)
        assert list(tmp_path.glob(f"*{kind}*"))


@pytest.mark.parametrize("kind", rooms.KINDS[:2])
def test_speedups_change_nothing_that_is_told(kind: str) -> None:
    plain = transcript(kind, fast=False, hash_seed="0")
    assert plain == transcript(kind, fast=True, hash_seed="0")
    assert plain == transcript(kind, fast=True, hash_seed="7")


def test_held_out_rooms_are_in_no_training_task() -> None:
    def scenes(unseen: bool) -> set[int]:
        kinds = rooms.KINDS
        return {rooms.furnished(k, seed, unseen=unseen).scene for k in kinds for seed in range(60)}

    seen, unseen = scenes(False), scenes(True)
    assert not seen & unseen
    assert len(seen) > 60
    assert len(unseen) > 15


def test_view_tells_where_one_is_and_what_one_carries(tmp_path: Path) -> None:
    play = domain(tmp_path).open(
        "generated/train/pick_and_place_simple/0", Manner(skills=True, limit=30)
    )
    view = play.reset()
    assert view.fields["obs"].startswith("You are in the middle of a room")
    assert view.goal
    assert view.goal in view.fields["obs"]
    assert list(view.choices) == view.fields["actions_list"]
    going = next(choice for choice in view.choices if choice.startswith("go to "))
    view = play.step(going)
    assert view.place == going.removeprefix("go to ")
    taking = next((choice for choice in view.choices if choice.startswith("take")), None)
    if taking is not None:
        assert "carrying" in play.step(taking).about
    play.close()


def test_nothing_happens_for_what_is_no_command(tmp_path: Path) -> None:
    play = domain(tmp_path).open(
        "generated/in/pick_and_place_simple/100000", Manner(skills=True, limit=2)
    )
    play.reset()
    assert play.step("fly").text.startswith("Nothing happens.")
    assert not play.step("").done
    play.close()


def published(root: Path, name: str, *, solvable: bool = True) -> None:
    folder = root / "json_2.1.1" / "valid_seen" / name / "trial_1"
    folder.mkdir(parents=True)
    game = rooms.game(rooms.furnished("pick_and_place_simple", 3, unseen=False))
    (folder / "game.tw-pddl").write_text(json.dumps(game | {"solvable": solvable}))


def test_published_games_are_those_of_the_operators_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from envs.alfworld import pack as packs

    published(tmp_path, "pick_and_place_simple-Apple-None-Fridge-3")
    published(tmp_path, "pick_and_place_simple-Mug-None-Desk-301", solvable=False)
    published(tmp_path, "pick_and_place_with_movable_recep-Pen-Mug-Desk-301")
    monkeypatch.setattr(packs, "_DATA", str(tmp_path))
    pack = domain(tmp_path)
    (task,) = pack.tasks("in", "standard")
    assert task.kind == "pick_and_place_simple"
    play = pack.open(task.id, Manner(skills=True, limit=30))
    assert "Your task is to" in play.reset().text
    play.close()


def test_folder_without_games_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from envs.alfworld import pack as packs

    monkeypatch.setattr(packs, "_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(RuntimeError, match="nowhere holds no folder"):
        domain(tmp_path).tasks("in", "standard")


def test_fresh_tasks_are_in_no_other_set(tmp_path: Path) -> None:
    pack = domain(tmp_path)
    fresh, graded = (
        [task.id for split in SPLITS for task in pack.tasks(split, task_set)]
        for task_set in ("fresh", "generated")
    )
    assert len(fresh) == len(set(fresh))
    assert set(fresh).isdisjoint(graded)


COPIES = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from alma_safe.domains.base import Manner
from alma_safe.domains.worker import load
alfworld = load(Path({root!r}) / "envs" / "alfworld", Path({cache!r}))
tasks = alfworld.tasks("train", "standard")
def copies():
    return sum("libdownward" in line and "r-xp" in line for line in open("/proc/self/maps"))
found = []
for number in range(6):
    both = [alfworld.open(tasks[number % 2].id, Manner(skills=False, limit=30)) for _ in range(2)]
    for each in both:
        each.reset()
        each.step("look")
    found.append(copies())
    for each in both:
        each.close()
print(found)
"""


def test_an_episode_that_has_ended_leaves_no_copy_of_the_planner(tmp_path: Path) -> None:
    """The engine loads one for each and never lets it go: an evaluation once filled the disk."""
    code = COPIES.format(root=str(ROOT), cache=str(tmp_path))
    environment = {name: value for name, value in os.environ.items() if name != "ALFWORLD_DATA"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    # The end of the process is part of it: handlers of an unloaded planner crash there.
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == [2] * 6
