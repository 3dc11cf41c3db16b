"""One control group per guest: limits set before it starts, counters read after it ended.

The groups are ours, not the jail's, so that the counters survive the guest: whether
it was killed for memory is read from ``oom_kill``, never from an exit code. Works
with cgroup v1 (each controller its own tree) and v2, wherever this process may
create groups; found out by creating one.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FAMILY = "alma-safe"
_TREES = Path("/sys/fs/cgroup")
_V1_CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")
_CPU_PERIOD_US = 100_000
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What a group has measured; None where its controller is not there."""

    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    oom_kills: int | None = None
    peak_processes: int | None = None
    refused_forks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """Where groups can be created: the family folder per controller."""

    version: int
    folders: dict[str, Path]

    @property
    def controllers(self) -> tuple[str, ...]:
        """Names of the controllers that can be used."""
        return tuple(self.folders)


class Group:
    """The control group of one guest."""

    def __init__(self, hierarchy: Hierarchy, name: str) -> None:
        self._version = hierarchy.version
        self._folders = {key: f"{base}/{name}" for key, base in hierarchy.folders.items()}
        self._unique = tuple(dict.fromkeys(self._folders.values()))
        made: list[str] = []
        try:
            for folder in self._unique:
                os.mkdir(folder)
                made.append(folder)
        except OSError:
            for folder in made:
                os.rmdir(folder)
            raise

    @classmethod
    def create(cls, hierarchy: Hierarchy, *, memory_bytes: int, processes: int) -> Group:
        """Create a group with these limits, no swap, and one CPU's worth of time."""
        group = cls._fresh(hierarchy)
        try:
            group._limit(memory_bytes, processes)
        except OSError:
            group.remove()
            raise
        return group

    @classmethod
    def _fresh(cls, hierarchy: Hierarchy) -> Group:
        """A group that nobody used before: old counters would tell of another guest."""
        while True:
            with contextlib.suppress(FileExistsError):
                return cls(hierarchy, f"{os.getpid()}-{next(_numbers)}")

    @property
    def entries(self) -> tuple[str, ...]:
        """Files into which a process writes its pid to join."""
        return tuple(f"{folder}/cgroup.procs" for folder in self._unique)

    def take(self, pid: int) -> None:
        """Move a running process into the group; OSError when it cannot be."""
        for entry in self.entries:
            _put(entry, str(pid))

    def counters(self) -> Counters:
        """Read what the group has measured so far."""
        return self._counters_v1() if self._version == 1 else self._counters_v2()

    def removed(self) -> bool:
        """Remove the group if nothing is in it any more; whether it is gone."""
        return all([_removed(folder) for folder in self._unique])

    def remove(self, wait_s: float = 2.0) -> None:
        """Kill what is left in the group and remove it."""
        deadline = time.monotonic() + wait_s
        remaining = list(self._unique)
        while True:
            # Most guests are gone by now, and an empty group needs no more than this.
            remaining = [folder for folder in remaining if not _removed(folder)]
            if not remaining or time.monotonic() > deadline:
                return
            for folder in remaining:
                _kill_all(folder)
            time.sleep(0.002)

    def _limit(self, memory_bytes: int, processes: int) -> None:
        if self._version == 1:
            self._write("memory", "memory.limit_in_bytes", memory_bytes)
            # Absent where the kernel does not account swap; then there is none to use.
            self._write("memory", "memory.memsw.limit_in_bytes", memory_bytes, optional=True)
            self._write("cpu", "cpu.cfs_period_us", _CPU_PERIOD_US, optional=True)
            self._write("cpu", "cpu.cfs_quota_us", _CPU_PERIOD_US, optional=True)
        else:
            self._write("memory", "memory.max", memory_bytes)
            self._write("memory", "memory.swap.max", 0, optional=True)
            self._write("cpu", "cpu.max", f"{_CPU_PERIOD_US} {_CPU_PERIOD_US}", optional=True)
        self._write("pids", "pids.max", processes)

    def _write(
        self, controller: str, name: str, value: int | str, *, optional: bool = False
    ) -> None:
        folder = self._folders.get(controller)
        if folder is None or (optional and not os.path.exists(f"{folder}/{name}")):
            return
        _put(f"{folder}/{name}", str(value))

    def _number(self, controller: str, name: str, key: str | None = None) -> int | None:
        folder = self._folders.get(controller)
        if folder is None:
            return None
        try:
            text = _get(f"{folder}/{name}")
        except OSError:
            return None
        if key is None:
            return int(text) if text.strip().isdigit() else None
        for line in text.splitlines():
            parts = line.split()
            if len(parts) == 2 and parts[0] == key and parts[1].isdigit():
                return int(parts[1])
        return None

    def _counters_v1(self) -> Counters:
        nanoseconds = self._number("cpuacct", "cpuacct.usage")
        return Counters(
            cpu_s=None if nanoseconds is None else nanoseconds / 1e9,
            peak_memory_bytes=self._number("memory", "memory.max_usage_in_bytes"),
            oom_kills=self._number("memory", "memory.oom_control", "oom_kill"),
            peak_processes=self._number("pids", "pids.peak"),
            refused_forks=self._number("pids", "pids.events", "max"),
        )

    def _counters_v2(self) -> Counters:
        microseconds = self._number("cpu", "cpu.stat", "usage_usec")
        return Counters(
            cpu_s=None if microseconds is None else microseconds / 1e6,
            peak_memory_bytes=self._number("memory", "memory.peak"),
            oom_kills=self._number("memory", "memory.events", "oom_kill"),
            peak_processes=self._number("pids", "pids.peak"),
            refused_forks=self._number("pids", "pids.events", "max"),
        )


# Some thirty of these for each guest: plain system calls cost a third of file objects.


def _put(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)


def _get(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 1 << 14).decode("ascii")
    finally:
        os.close(descriptor)


def _removed(folder: str) -> bool:
    with contextlib.suppress(OSError):
        os.rmdir(folder)
    return not os.path.exists(folder)


@functools.lru_cache(maxsize=1)
def find_hierarchy() -> Hierarchy | None:
    """Find where this process may create groups with limits; None when nowhere.

    Decided by creating a group and writing a limit: a read-only or undelegated tree
    passes every cheaper test.
    """
    v1, v2 = _mounts()
    hierarchy = _usable_v1(v1) or _usable_v2(v2)
    if hierarchy is not None:
        _sweep(set(hierarchy.folders.values()))
    return hierarchy


@functools.lru_cache(maxsize=1)
def top_hierarchy() -> Hierarchy | None:
    """Find whether groups can be made at the top of the trees, the same path in each.

    That is where a container engine makes its own.
    """
    v1, v2 = _mounts()
    hierarchy: Hierarchy | None = None
    if "memory" in v1:
        hierarchy = Hierarchy(version=1, folders={name: v1[name] / _FAMILY for name in v1})
    elif v2 is not None:
        names = dict.fromkeys(("memory", "pids", "cpu"), v2 / _FAMILY)
        hierarchy = Hierarchy(version=2, folders=names)
    if hierarchy is None or not all(map(_can_create, set(hierarchy.folders.values()))):
        return None
    # The engine makes the path of a group in every tree, and in most of them we make none.
    _sweep(set(hierarchy.folders.values()) | {tree / _FAMILY for tree in trees()})
    return hierarchy if _limits_hold(hierarchy) else None


def trees() -> list[Path]:
    """Return where trees are mounted by custom: of v1 one for each controller or few of them."""
    try:
        return sorted(_TREES.iterdir())
    except OSError:
        return []


def _mounts() -> tuple[dict[str, Path], Path | None]:
    """Mount points of the v1 controllers and of the v2 tree."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return v1, v2
    for line in lines:
        before, _, after = line.partition(" - ")
        mount_point = Path(before.split()[4])
        fields = after.split()
        if fields[0] == "cgroup2":
            v2 = mount_point
        elif fields[0] == "cgroup":
            for option in fields[2].split(","):
                if option in _V1_CONTROLLERS:
                    v1[option] = mount_point
    return v1, v2


def _own_paths() -> dict[str, str]:
    """This process's own group per v1 controller, and under '' for v2."""
    paths: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            for controller in controllers.split(","):
                paths[controller] = path
    return paths


def _usable_v1(mounts: dict[str, Path]) -> Hierarchy | None:
    own = _own_paths()
    folders: dict[str, Path] = {}
    for controller, mount in mounts.items():
        for base in (mount / own.get(controller, "/").lstrip("/"), mount):
            family = base / _FAMILY
            if _can_create(family):
                folders[controller] = family
                break
    if "memory" not in folders:
        return None
    hierarchy = Hierarchy(version=1, folders=folders)
    return hierarchy if _limits_hold(hierarchy) else None


def _usable_v2(mount: Path | None) -> Hierarchy | None:
    if mount is None:
        return None
    own = mount / _own_paths().get("", "/").lstrip("/")
    for base in (own, own.parent, mount):
        family = base / _FAMILY
        if not base.is_relative_to(mount) or not _can_create(family):
            continue
        with contextlib.suppress(OSError):
            (family / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        try:
            available = (family / "cgroup.subtree_control").read_text().split()
        except OSError:
            continue
        if "memory" in available:
            names = [name for name in ("memory", "pids", "cpu") if name in available]
            hierarchy = Hierarchy(version=2, folders=dict.fromkeys(names, family))
            if _limits_hold(hierarchy):
                return hierarchy
    return None


def _can_create(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / f"probe-{os.getpid()}"
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True


def _limits_hold(hierarchy: Hierarchy) -> bool:
    try:
        group = Group.create(hierarchy, memory_bytes=64 << 20, processes=8)
    except OSError:
        return False
    try:
        return group.counters().oom_kills is not None
    finally:
        group.remove()


def _sweep(families: Iterable[Path]) -> None:
    """Remove groups left behind by a gate that was killed."""
    for family in families:
        for folder in family.iterdir() if family.is_dir() else ():
            owner = folder.name.partition("-")[0]
            if folder.is_dir() and owner.isdigit() and not Path(f"/proc/{owner}").exists():
                _kill_all(str(folder))
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _kill_all(folder: str) -> None:
    with contextlib.suppress(OSError):
        for pid in Path(folder, "cgroup.procs").read_text().split():
            # 0 stands for a process that this pid namespace cannot see; to kill() it means us.
            if int(pid) > 0:
                os.kill(int(pid), 9)
