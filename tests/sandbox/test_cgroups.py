"""Control groups: really limiting where this process may make them, absent where not."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alma_safe.sandbox import cgroups
from alma_safe.sandbox.cgroups import Counters, Group, Hierarchy, find_hierarchy
from alma_safe.sandbox.nsjail.backend import degraded
from tests.sandbox.jail import ROOT, own_groups

HIERARCHY = find_hierarchy()
MEMORY = 48 << 20


def make(processes: int = 16) -> Group:
    assert HIERARCHY is not None
    return Group.create(HIERARCHY, memory_bytes=MEMORY, processes=processes)


def run_in(group: Group, code: str) -> int:
    join = "\n".join(f"open({entry!r}, 'w').write('0')" for entry in group.entries)
    return subprocess.run([sys.executable, "-c", f"{join}\n{code}"], check=False).returncode


def fake(tmp_path: Path, version: int) -> Hierarchy:
    """A hierarchy of plain folders: what is written can be read."""
    names = ("memory", "pids", "cpu", "cpuacct") if version == 1 else ("memory", "pids", "cpu")
    folders = {name: tmp_path / (name if version == 1 else "all") for name in names}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    return Hierarchy(version=version, folders=folders)


def test_root_on_a_host_with_writable_groups_has_them():
    usable = [
        path
        for path in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup/cgroup.procs")
        if os.access(path, os.W_OK)
    ]
    if ROOT and usable and not os.statvfs("/sys/fs/cgroup").f_flag & os.ST_RDONLY:
        assert HIERARCHY is not None
    if HIERARCHY is not None:
        assert "memory" in HIERARCHY.controllers


@pytest.mark.parametrize("version", [1, 2])
def test_limits_are_written_where_the_kernel_reads_them(tmp_path, version):
    hierarchy = fake(tmp_path, version)
    group = Group(hierarchy, "1-1")
    optional = {1: ("memory.memsw.limit_in_bytes", "cpu.cfs_quota_us"), 2: ("memory.swap.max",)}
    for folder in map(Path, group._unique):
        for name in optional[version]:
            (folder / name).touch()
    group._limit(MEMORY, 9)
    written = {path.name: path.read_text() for path in tmp_path.rglob("1-1/*") if path.read_text()}
    if version == 1:
        assert written["memory.limit_in_bytes"] == str(MEMORY)
        assert written["memory.memsw.limit_in_bytes"] == str(MEMORY)
        assert written["cpu.cfs_quota_us"] == "100000"
    else:
        assert written["memory.max"] == str(MEMORY)
        assert written["memory.swap.max"] == "0"
    assert written["pids.max"] == "9"


@pytest.mark.parametrize("version", [1, 2])
def test_counters_are_read_from_the_files_of_either_version(tmp_path, version):
    group = Group(fake(tmp_path, version), "1-1")
    files = {
        1: {
            "cpuacct.usage": "2500000000\n", "memory.max_usage_in_bytes": "77\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        },
        2: {
            "cpu.stat": "usage_usec 2500000\nuser_usec 1\n", "memory.peak": "77\n",
            "memory.events": "low 0\noom 9\noom_kill 2\noom_group_kill 0\n",
        },
    }[version]  # fmt: skip
    for folder in map(Path, group._unique):
        for name, text in {**files, "pids.peak": "5\n", "pids.events": "max 3\n"}.items():
            (folder / name).write_text(text)
    assert group.counters() == Counters(
        cpu_s=2.5, peak_memory_bytes=77, oom_kills=2, peak_processes=5, refused_forks=3
    )


@pytest.mark.parametrize("version", [1, 2])
def test_counters_that_are_not_there_are_unknown_not_zero(tmp_path, version):
    assert Group(fake(tmp_path, version), "1-1").counters() == Counters()


def test_a_used_group_is_never_taken_over(tmp_path, monkeypatch):
    hierarchy = fake(tmp_path, 1)
    number = 70_000
    monkeypatch.setattr(cgroups, "_numbers", iter(range(number, number + 9)))
    stale = hierarchy.folders["memory"] / f"{os.getpid()}-{number}"
    stale.mkdir()
    group = Group._fresh(hierarchy)
    assert all(folder.name.endswith(f"-{number + 1}") for folder in map(Path, group._unique))
    assert [path.name for path in hierarchy.folders["pids"].iterdir()] == [
        f"{os.getpid()}-{number + 1}"
    ]


def test_processes_of_other_namespaces_are_not_taken_for_ourselves(tmp_path, monkeypatch):
    killed = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    (tmp_path / "cgroup.procs").write_text("0\n0\n4194304\n")
    cgroups._kill_all(tmp_path)
    assert killed == [4194304]


def test_a_group_without_a_memory_controller_is_no_hierarchy(tmp_path):
    assert cgroups._usable_v1({"pids": tmp_path}) is None
    assert cgroups._usable_v1({}) is None
    assert cgroups._usable_v2(None) is None


def test_a_tree_that_only_looks_writable_is_no_hierarchy(tmp_path):
    # Folders can be made here, but no limit has an effect and no counter appears.
    assert cgroups._usable_v1({"memory": tmp_path, "pids": tmp_path}) is None


def real(test: Callable[[], None]) -> Callable[[], None]:
    """Where no group can be made, guests go without and the report has to say so."""

    @functools.wraps(test)
    def either() -> None:
        if HIERARCHY is None:
            assert {"cgroup memory", "cgroup pids", "cgroup cpu"} == set(degraded(False))
        else:
            test()

    return either


def counters_of(code: str, processes: int = 16) -> tuple[int, Counters]:
    group = make(processes)
    try:
        status = run_in(group, code)
        return status, group.counters()
    finally:
        group.remove()


@real
def test_memory_over_the_limit_ends_in_the_oom_counter():
    status, counters = counters_of("x = bytearray(200 << 20)")
    assert status == -9
    assert counters.oom_kills == 1
    assert counters.peak_memory_bytes is not None
    assert counters.peak_memory_bytes <= MEMORY


@real
def test_a_kill_of_our_own_is_not_in_the_oom_counter():
    status, counters = counters_of("import os; os.kill(os.getpid(), 9)")
    assert status == -9
    assert counters.oom_kills == 0


@real
def test_processes_over_the_limit_are_refused_and_counted():
    code = "import os\nfor _ in range(9):\n    if os.fork() == 0: import time; time.sleep(9)"
    _, counters = counters_of(code, processes=3)
    if counters.peak_processes is not None:
        assert counters.peak_processes <= 3
    assert counters.refused_forks is None or counters.refused_forks > 0


@real
def test_processor_time_is_measured():
    _, counters = counters_of("import time\nwhile time.process_time() < 0.2: pass")
    assert counters.cpu_s is None or counters.cpu_s >= 0.1


@real
def test_removing_kills_what_is_left():
    group = make()
    join = "\n".join(f"open({entry!r}, 'w').write('0')" for entry in group.entries)
    code = f"{join}\nimport time\nprint('up', flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        reaper = threading.Thread(target=process.wait)
        reaper.start()
        group.remove()
        reaper.join(5)
        assert process.returncode == -9
    assert not any(Path(entry).exists() for entry in group.entries)


@real
def test_many_groups_can_be_made_at_once():
    with ThreadPoolExecutor(8) as pool:
        groups = list(pool.map(lambda _: make(), range(24)))
    try:
        assert len({group.entries for group in groups}) == 24
        assert all(Path(entry).exists() for group in groups for entry in group.entries)
    finally:
        for group in groups:
            group.remove()
    assert own_groups() == set()


@real
def test_groups_of_a_dead_gate_are_swept_and_those_of_a_living_one_stay():
    assert HIERARCHY is not None
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    abandoned = Group(HIERARCHY, f"{dead.pid}-1")
    living = make()
    try:
        cgroups._sweep(HIERARCHY.folders.values())
        assert not any(Path(entry).exists() for entry in abandoned.entries)
        assert all(Path(entry).exists() for entry in living.entries)
    finally:
        living.remove()


def test_groups_of_a_dead_gate_are_swept_in_every_tree_that_an_engine_makes_them_in(
    tmp_path, monkeypatch
):
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    trees = ("memory", "pids", "cpu", "cpuacct", "blkio", "cpuset", "devices", "systemd", "empty")
    for tree in trees:
        for owner in (dead.pid, os.getpid()) if tree != "empty" else ():
            (tmp_path / tree / "alma-safe" / f"{owner}-1").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cgroup.procs").write_text("")
    (tmp_path / "blkio" / "alma-safe" / "of-others").mkdir()
    ours = {name: tmp_path / name for name in trees[:4]}
    monkeypatch.setattr(cgroups, "_TREES", tmp_path)
    monkeypatch.setattr(cgroups, "_mounts", lambda: (ours, None))
    monkeypatch.setattr(cgroups, "_limits_hold", lambda hierarchy: True)
    # Past what this process remembers.
    assert cgroups.top_hierarchy.__wrapped__() is not None
    left = {f"{path.parts[-3]}/{path.name}" for path in tmp_path.glob("*/alma-safe/*")}
    assert left == {f"{tree}/{os.getpid()}-1" for tree in trees[:-1]} | {"blkio/of-others"}


def test_without_any_tree_there_is_nothing_to_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "_TREES", tmp_path / "nowhere")
    assert cgroups.trees() == []


@real
def test_the_limits_of_a_group_that_cannot_be_limited_leave_none_behind():
    assert HIERARCHY is not None
    with pytest.raises(OSError, match=r".*"):
        Group.create(HIERARCHY, memory_bytes=-5, processes=-5)
    assert own_groups() == set()
