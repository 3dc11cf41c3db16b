from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alma_safe.search.archive import Reader
from alma_safe.search.records import State
from tests.domains.conftest import DOMAINS
from tests.domains.designs import LEARNER

ALMA_SAFE = str(Path(sys.executable).with_name("alma-safe"))
DOORS = str(DOMAINS / "doors")
QUICK = (
    *("--domain", DOORS, "--steps", "0", "--repeats", "1", "--tasks", "1", "--train-size", "2"),
    *("--no-confirmation", "--jobs", "1"),
)


def ran(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ALMA_SAFE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "OPENAI_API_KEY": "", **environment},
        timeout=300,
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run ``it's one``, begun there with the policy ``mine.toml``."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "mine.toml").write_text(
        'schema = "alma-safe/policy/v1"\nname = "mine"\nextends = "strict"\n'
    )
    seeds = folder / "seeds"
    seeds.mkdir()
    (seeds / "learner.py").write_text(LEARNER)
    (seeds / "twin.py").write_text(LEARNER)
    (seeds / "large.py").write_text(LEARNER + "#" * 300_000)
    (seeds / "no_memory.py").write_text(LEARNER)
    found = ran(
        *("search", *QUICK, "--run", "it's one", "--policy", "./mine.toml", "--seeds", "seeds"),
        *("--seed", "9"),
        cwd=folder,
    )
    assert found.returncode == 0, found.stderr
    (folder / "stdout").write_text(found.stdout)
    (folder / "stderr").write_text(found.stderr)
    return folder


@pytest.mark.slow
def test_seeds_that_are_left_out_are_named_with_why(begun: Path) -> None:
    told = (begun / "stderr").read_text()
    assert "left out of the seeds: seeds/large.py: larger than 256 KiB" in told
    assert "left out of the seeds: seeds/no_memory.py: no memory is what" in told
    with Reader.read(begun / "it's one") as archive:
        states = [each.state for each in archive.candidates()]
    assert states == [State.EVALUATED, State.DUPLICATE]


@pytest.mark.slow
def test_what_is_told_can_be_pasted_and_names_the_proposer(begun: Path) -> None:
    assert "proposer: genetic\n" in (begun / "stderr").read_text()
    assert "alma-safe report 'it'\"'\"'s one' --output FILE.html" in (begun / "stdout").read_text()


@pytest.mark.slow
def test_a_run_goes_on_from_another_folder(begun: Path, tmp_path: Path) -> None:
    run = str(begun / "it's one")
    same = ("--seed", "9", "--domain", DOORS, "--policy", str(begun / "mine.toml"))
    same += ("--seeds", str(begun / "seeds"), "--no-confirmation")
    for asked in ((), same):
        found = ran("search", "--run", run, "--resume", "--jobs", "1", *asked, cwd=tmp_path)
        assert found.returncode == 0, found.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--seed", "42"), "--seed 42 is not what this run was begun with, which is 9"),
        (("--domain", "babaisai"), "--domain babaisai is not what"),
        (("--sampler", "greedy"), "--sampler greedy is not what this run was begun with"),
        (("--proposer", "replay"), "--proposer replay is not what"),
        (("--policy", "strict"), "--policy strict is not what"),
        (("--seeds", "designs/risk_table.py"), "--seeds is not what"),
        (("--repeats", "3"), "--repeats 3 is not what"),
        (("--max-steps", "3"), "--max-steps 3 is not what"),
        (("--faithful",), "--faithful is not what"),
        (("--replay", "x"), "--replay x is not what"),
        (("--base-url", "http://x"), "--base-url is for --proposer openai"),
        (("--address", "x:1"), "--address is for --executor ray"),
    ],
)
def test_what_contradicts_a_run_is_refused(
    begun: Path, arguments: tuple[str, ...], told: str
) -> None:
    found = ran("search", "--run", str(begun / "it's one"), "--resume", *arguments)
    assert found.returncode == 2, found.stderr
    assert told in found.stderr


LONG = "n" * 300


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--meta-model", "gpt-5"), "--meta-model needs a key"),
        (("--meta-model", "gpt-5", "--proposer", "genetic"), "--meta-model is for --proposer"),
        (("--base-url", "http://x"), "--base-url is for --proposer openai"),
        (("--replay", "x"), "--replay is for --proposer replay"),
        (("--address", "x:1"), "--address is for --executor ray"),
        (("--executor", "ray", "--address", "nope"), "nope is no address of a Ray cluster"),
        (("--proposer", "replay", "--replay", LONG), "holds no run"),
        (("--proposer", "replay", "--replay", "LOOP"), "holds no run"),
        (("--run", ""), "--run is empty"),
        (("--run", LONG), "File name too long"),
    ],
)
def test_what_nothing_would_come_of_is_refused_before_there_is_a_run(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    asked = [str(loop) if each == "LOOP" else each for each in arguments]
    run = tmp_path / "run"
    found = ran("search", *QUICK, "--run", str(run), *asked, cwd=tmp_path)
    assert found.returncode == 2, found.stderr
    assert told in found.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"loop"}


TASKS = """
        if task_set == "absent":
            return []
        if task_set == "broken":
            raise RuntimeError("DOORS_DATA holds no doors")
        if split == "in" and task_set == "train_only":
            return []
"""


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Doors with further task sets that cannot be played."""
    folder = tmp_path / "doors"
    shutil.copytree(DOORS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    pack, text = folder / "pack.toml", folder / "pack.py"
    pack.write_text(
        pack.read_text().replace('["all"]', '["all", "absent", "broken", "train_only"]')
    )
    head = "def tasks(self, split: str, task_set: str) -> Sequence[Task]:"
    text.write_text(text.read_text().replace(head, head + TASKS))
    return folder


@pytest.mark.parametrize(
    ("task_set", "told"),
    [
        ("absent", "the domain doors has no tasks in the split train of absent"),
        ("train_only", "the domain doors has no tasks in the split in of train_only"),
        ("broken", "no tasks in the split train of broken: DOORS_DATA holds no doors"),
    ],
)
def test_tasks_that_there_are_not_are_told_before_there_is_a_run(
    sets: Path, tmp_path: Path, task_set: str, told: str
) -> None:
    run = tmp_path / "run"
    asked = [str(sets) if each == DOORS else each for each in QUICK if each != "--no-confirmation"]
    found = ran("search", *asked, "--run", str(run), "--task-set", task_set)
    assert found.returncode == 2, found.stderr
    assert told in found.stderr
    assert "task sets: all, absent, broken, train_only" in found.stderr
    assert not run.exists()


def test_seeds_of_which_none_is_left_are_told_with_why(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("#" * 300_000)
    run = str(tmp_path / "run")
    found = ran("search", *QUICK, "--run", run, "--seeds", str(tmp_path / "large.py"))
    assert found.returncode == 2
    assert "none of --seeds can be begun with" in found.stderr
    assert "large.py: larger than 256 KiB" in found.stderr


@pytest.mark.parametrize("action", ["list", "show", "export"])
def test_a_name_that_no_run_can_have_holds_none(action: str) -> None:
    found = ran("archive", action, LONG, *(["0.0"] if action == "show" else []))
    assert found.returncode == 2
    assert "holds no run" in found.stderr
