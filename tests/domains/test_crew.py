from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.domains import crew as crews
from alma_safe.domains.base import Manner, Task
from alma_safe.domains.crew import Crew
from alma_safe.domains.lost import WorkerLost
from alma_safe.domains.pack import Pack, read_pack
from alma_safe.errors import UsageError
from tests.domains.conftest import DOMAINS

MANNER = Manner(skills=True, limit=2)
pytestmark = pytest.mark.usefixtures("own_cache")


def task(defect: str) -> Task:
    return Task(id=defect, kind=defect)


async def played(crew: Crew, defect: str) -> float:
    async with crew.episode(task(defect), MANNER) as game:
        while not game.view.done:
            await game.step("on")
        return game.view.reward


def children() -> set[str]:
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "alma_safe.domains.worker"],
        capture_output=True,
        text=True,
        check=False,
    )
    return set(found.stdout.split())


@pytest.mark.parametrize("defect", ["raises", "dies", "nonsense"])
def test_lost_worker_is_an_error_of_ours_and_the_next_episode_is_played(
    pack: Callable[[str], Pack], defect: str
) -> None:
    async def go() -> float:
        async with Crew(pack("faulty"), jobs=1) as crew:
            with pytest.raises(WorkerLost) as caught:
                await played(crew, defect)
            assert "faulty" in caught.value.message
            assert caught.value.message.isprintable()
            return await played(crew, "fine")

    assert asyncio.run(go()) == 1.0


def test_broken_game_is_told_with_file_and_line(pack: Callable[[str], Pack]) -> None:
    async def go() -> None:
        async with Crew(pack("faulty"), jobs=1) as crew:
            await played(crew, "raises")

    with pytest.raises(WorkerLost, match=r"faulty/pack\.py:\d+: .*RuntimeError: the game broke"):
        asyncio.run(go())


@pytest.mark.parametrize(
    ("defect", "told"),
    [
        ("reward_nan", "the reward of a view is from 0 to 1, not nan"),
        ("reward_2", "the reward of a view is from 0 to 1, not 2.0"),
        ("score_inf", "the score of a view is finite, not inf"),
        ("field_nan", "ValueError: .*JSON"),
        ("exits", "SystemExit: 3"),
    ],
)
def test_a_view_that_is_none_is_told_with_its_domain(
    pack: Callable[[str], Pack], defect: str, told: str
) -> None:
    async def go() -> float:
        async with Crew(pack("faulty"), jobs=1) as crew:
            with pytest.raises(WorkerLost, match=f"the domain faulty broke: .*{told}"):
                await played(crew, defect)
            return await played(crew, "fine")

    assert asyncio.run(go()) == 1.0


def test_hanging_game_is_ended(
    pack: Callable[[str], Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "_STEP_S", 0.5)
    monkeypatch.setattr(crews._Worker.ask, "__kwdefaults__", {"within_s": 0.5})

    async def go() -> float:
        async with Crew(pack("faulty"), jobs=1) as crew:
            with pytest.raises(WorkerLost, match="did not answer"):
                await played(crew, "hangs")
            return await played(crew, "fine")

    assert asyncio.run(go()) == 1.0
    assert not children()


def test_what_a_game_prints_is_no_answer(pack: Callable[[str], Pack]) -> None:
    async def go() -> float:
        async with Crew(pack("faulty"), jobs=1) as crew:
            return await played(crew, "prints")

    assert asyncio.run(go()) == 1.0


def test_workers_see_no_key(pack: Callable[[str], Pack], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")

    async def go() -> str:
        async with (
            Crew(pack("faulty"), jobs=1) as crew,
            crew.episode(task("fine"), MANNER) as game,
        ):
            return str(game.view.fields["obs"])

    seen = asyncio.run(go())
    assert "PATH" in seen
    assert "OPENAI_API_KEY" not in seen


WHERE = """
import os
from alma_safe.domains.base import Task

def domain(cache):
    return Where()

class Where:
    def tasks(self, split, task_set):
        return [Task(id=name, kind=os.environ.get("WHERE", "")) for name in (os.getcwd(), *os.listdir())]
"""


def test_workers_do_not_run_where_we_are_run(
    pack: Callable[[str], Pack], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TextWorld takes its grammar from ``./textworld_data``: a checkout could bring one."""
    shutil.copytree(DOMAINS / "faulty", tmp_path / "where")
    (tmp_path / "where" / "pack.py").write_text(WHERE)
    (tmp_path / "checkout" / "textworld_data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "checkout")
    monkeypatch.setenv("WHERE", "./textworld_data")
    found = dataclasses.replace(read_pack(tmp_path / "where"), environment=("WHERE",))

    async def go() -> list[Task]:
        async with Crew(found, jobs=1) as crew:
            return await crew.tasks("train", "default")

    [here, *others] = asyncio.run(go())
    assert here.id == str(tmp_path / "domains" / found.name)
    assert "textworld_data" not in [each.id for each in others]
    # What a variable names is still found.
    assert here.kind == str(tmp_path / "checkout" / "textworld_data")


def test_workers_are_gone_afterwards(pack: Callable[[str], Pack]) -> None:
    async def go() -> None:
        async with Crew(pack("faulty"), jobs=2) as crew:
            await asyncio.gather(*(played(crew, "fine") for _ in range(6)))
            assert len(children()) == 2

    asyncio.run(go())
    assert not children()


def test_split_without_tasks_is_a_usage_error(pack: Callable[[str], Pack]) -> None:
    async def go() -> None:
        async with Crew(pack("faulty"), jobs=1) as crew:
            await crew.tasks("out", "all")

    with pytest.raises(UsageError, match="no tasks in the split out"):
        asyncio.run(go())


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def domain(cache:\n", r"pack\.py:1: .*SyntaxError"),
        ("\nimport no_such_module\n", r"pack\.py:2: .*no_such_module"),
        ("x = 1\n", r"pack\.py: .*domain"),
        ("import os\nos._exit(3)\n", "did not start: it ended with the code 3"),
        ("import os\nos.write(2, b'why')\nos._exit(3)\n", "ended with the code 3: why"),
        ("\nraise SystemExit(0)\n", r"pack\.py:2: the domain cannot be loaded: SystemExit: 0"),
    ],
)
def test_domain_that_cannot_be_loaded_is_named(tmp_path: Path, source: str, told: str) -> None:
    shutil.copytree(DOMAINS / "doors", tmp_path / "doors")
    (tmp_path / "doors" / "pack.py").write_text(source)

    async def go() -> None:
        async with Crew(read_pack(tmp_path / "doors"), jobs=1) as crew:
            await crew.tasks("in", "all")

    with pytest.raises(Exception, match=told):
        asyncio.run(go())


def test_a_worker_that_has_grown_is_replaced_and_plays_to_its_end(
    pack: Callable[[str], Pack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engines leak: an evaluation over night must not end for want of memory."""
    processes: list[set[str]] = []

    async def go() -> list[float]:
        async with Crew(pack("faulty"), jobs=1) as crew:
            async with crew.episode(task("fine"), MANNER) as first:
                before = children()
                monkeypatch.setattr(crews, "_MOST_BYTES", 1)
                # A second episode begins elsewhere, the first goes on where it is.
                found = [await played(crew, "fine")]
                processes.append(children())
                while not first.view.done:
                    await first.step("on")
            found.append(first.view.reward)
            after = children()
            assert not before & after
            monkeypatch.setattr(crews, "_MOST_BYTES", 1 << 40)
            found.append(await played(crew, "fine"))
            assert children() == after
            return found

    assert asyncio.run(go()) == [1.0, 1.0, 1.0]
    assert len(processes[0]) == 2
    assert not children()
