"""`python -m bench.domains`: what the games cost, and what the memory adds to an evaluation.

Each domain is played in a process of its own, as evaluations do. With --write the table
replaces the one in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alma_safe.cache import cache_dir
from alma_safe.domains.base import Manner
from alma_safe.domains.pack import find_pack
from alma_safe.domains.worker import load
from bench.cpu import ALMA_SAFE, PYTHON

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = ("textworld", "alfworld", "babaisai", "minihack")
DESIGN = str(ROOT / "designs" / "trajectory_retrieval.py")
MARK = "<!-- domains -->"
MOST_SHARE = 0.05
"""Of an evaluation's run time, for the calls of the design."""

MOST_SECONDS = 60.0
"""For an evaluation of TextWorld with 30 episodes to learn from and three repeats."""

_TASKS = 8
_COLD = 4
_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of one call: CPU, children included, and wall."""

    cpu: float
    wall: float


def timed(call: Callable[[], Any]) -> tuple[Any, Cost]:
    """What a call returns, and what it cost."""
    cpu, wall = _spent(), time.perf_counter()
    value = call()
    wall = time.perf_counter() - wall
    return value, Cost(cpu=(_spent() - cpu) * 1e3, wall=wall * 1e3)


def quantiles(costs: list[Cost]) -> list[float]:
    """Median and 90th percentile of CPU, then of wall."""
    found: list[float] = []
    for values in (sorted(cost.cpu for cost in costs), sorted(cost.wall for cost in costs)):
        found += [values[len(values) // 2], values[min(len(values) - 1, len(values) * 9 // 10)]]
    return found


def played(name: str) -> dict[str, list[float]]:
    """Play some tasks of a domain at random in this process."""
    pack = find_pack(name)
    cache = cache_dir("domains") / name
    cache.mkdir(exist_ok=True)
    kept = load(pack.folder, cache)
    tasks = kept.tasks("train", pack.task_sets[0])[:_TASKS]
    costs: dict[str, list[Cost]] = {key: [] for key in ("cold", "cached", "reset", "step")}
    with tempfile.TemporaryDirectory() as empty:
        fresh = load(pack.folder, Path(empty))
        for task in tasks[:_COLD]:
            costs["cold"].append(timed(lambda task=task: fresh.prepare(task.id))[1])  # type: ignore[misc]
    chance = random.Random(0)
    for task in tasks:
        kept.prepare(task.id)
        costs["cached"].append(timed(lambda task=task: kept.prepare(task.id))[1])  # type: ignore[misc]
        manner = Manner(skills=False, limit=_STEPS)
        # An environment is opened for each episode, so that belongs to its reset.
        environment = kept.open(task.id, manner)
        environment.close()

        def begun(task_id: str = task.id, manner: Manner = manner) -> tuple[Any, Any]:
            opened = kept.open(task_id, manner)
            return opened, opened.reset()

        (environment, view), cost = timed(begun)
        costs["reset"].append(cost)
        while not view.done and view.steps < _STEPS and view.choices:
            action = chance.choice(view.choices)
            view, cost = timed(lambda game=environment, action=action: game.step(action))  # type: ignore[misc]
            costs["step"].append(cost)
        environment.close()
    return {key: [*quantiles(values), len(values)] for key, values in costs.items()}


def evaluated(domain: str, *options: str) -> tuple[Mapping[str, Any], Cost]:
    """Evaluate one design; its part of the JSON, and the cost of it all."""
    command = [ALMA_SAFE, "evaluate", DESIGN, "--domain", domain, "--format", "json", *options]
    run, cost = timed(lambda: subprocess.run(command, capture_output=True, check=False))
    if run.returncode != 0:
        raise RuntimeError(f"{command} ended with {run.returncode}: {run.stderr[-500:]!r}")
    return json.loads(run.stdout)["results"][0], cost


def table(small: tuple[str, ...]) -> str:
    """Measure everything and render it."""
    lines = [
        f"{os.cpu_count()} cores; milliseconds, median / 90th percentile.",
        "",
        "| domain | prepared cold, CPU | cached, CPU | reset, CPU | reset, wall | step, CPU "
        "| step, wall | resets, steps |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in DOMAINS:
        run = subprocess.run(
            [PYTHON, "-m", "bench.domains", "--of", name],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": "0"},
        )
        found = json.loads(run.stdout.splitlines()[-1])
        cold, cached, reset, step = (found[key] for key in ("cold", "cached", "reset", "step"))
        lines.append(
            f"| {name} | {_pair(cold)} | {_pair(cached)} | {_pair(reset)} | {_pair(reset[2:])} "
            f"| {_pair(step)} | {_pair(step[2:])} | {reset[4]}, {step[4]} |"
        )
    lines += [
        "",
        "| evaluation | episodes | seconds | in calls of the design, s | share "
        f"| within {MOST_SHARE:.0%} |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name in DOMAINS:
        result, _ = evaluated(name, *small)
        lines.append(_row(f"{name}, small", result))
    result, cost = evaluated("textworld", "--train-size", "30", "--repeats", "3")
    lines.append(_row("textworld, 30 to learn from, all tasks, 3 repeats", result))
    within = "within" if cost.wall <= MOST_SECONDS * 1e3 else "not within"
    lines += [
        "",
        f"The last one, gate, collection and the baseline without memory included: "
        f"{cost.wall / 1e3:.1f} s wall, {cost.cpu / 1e3:.1f} s CPU: {within} {MOST_SECONDS:.0f} s.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench.domains")
    parser.add_argument("--of", choices=DOMAINS, help="only: play one, in this process, as JSON")
    parser.add_argument("--train-size", default="8")
    parser.add_argument("--tasks", default="8")
    parser.add_argument("--write", action="store_true", help="put the table into the document")
    options = parser.parse_args()
    if options.of:
        print(json.dumps(played(options.of)))
        return
    small = ("--train-size", options.train_size, "--tasks", options.tasks, "--repeats", "3")
    found = table(small)
    sys.stdout.write(found)
    if options.write:
        document = ROOT / "docs" / "benchmarks.md"
        head, _, rest = document.read_text("utf-8").partition(MARK)
        _, _, tail = rest.partition(MARK)
        document.write_text(f"{head}{MARK}\n{found}{MARK}{tail}", "utf-8")


def _spent() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _pair(values: list[float]) -> str:
    return f"{values[0]:.2f} / {values[1]:.2f}"


def _row(name: str, result: Mapping[str, Any]) -> str:
    share = result["memory_s"] / result["seconds"]
    within = "yes" if share <= MOST_SHARE else "no"
    return (
        f"| {name} | {result['episodes']} | {result['seconds']:.1f} | {result['memory_s']:.2f} "
        f"| {share:.1%} | {within} |"
    )


if __name__ == "__main__":
    main()
