"""Measuring CPU time of process trees, interleaved, so that a noisy machine cancels out."""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
ALMA_SAFE = str(Path(sys.prefix) / "bin" / "alma-safe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Median, least and most CPU milliseconds of one way, over ``runs`` runs."""

    name: str
    median: float
    least: float
    most: float
    runs: int


def of_command(command: Sequence[str], *, expect: int = 0) -> float:
    """CPU milliseconds of a command and everything it waited for."""
    before = _children()
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if run.returncode != expect:
        raise RuntimeError(f"{command} ended with {run.returncode}: {run.stderr[-500:]!r}")
    return _children() - before


def of_call(call: Callable[[], object], workers: Callable[[], Sequence[int]]) -> float:
    """CPU milliseconds of a call in this process, its children and its resident workers."""
    before = _own() + _children() + sum(map(_resident, workers()))
    call()
    return _own() + _children() + sum(map(_resident, workers())) - before


def interleaved(ways: Mapping[str, Callable[[], float]], *, runs: int) -> dict[str, Figure]:
    """Run every way ``runs`` times in random order; the first run of each does not count."""
    rng = random.Random(0)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(runs):
        for name in rng.sample(list(ways), len(ways)):
            found[name].append(ways[name]())
    return {
        name: Figure(
            name=name,
            median=statistics.median(values),
            least=min(values),
            most=max(values),
            runs=runs,
        )
        for name, values in found.items()
    }


def children_of(pid: int) -> list[int]:
    """Pids of the direct children of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def _resident(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
