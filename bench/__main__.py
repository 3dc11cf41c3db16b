"""`make bench`: CPU of the gate beside the floors that nothing can go below.

Prints a Markdown table; with --write it replaces the one in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.nsjail.binary import find_nsjail
from alma_safe.sandbox.nsjail.config import config_file
from alma_safe.sandbox.rootfs import PYTHON as GUEST_PYTHON
from alma_safe.verifier.static.stage import StaticStage
from bench import gate, targets
from bench.cpu import ALMA_SAFE, PYTHON, Figure, children_of, interleaved, of_call, of_command
from bench.lengthened import lengthened

ROOT = Path(__file__).resolve().parent.parent
SMALL = str(ROOT / "designs" / "no_memory.py")
ORDINARY = str(ROOT / "designs" / "bm25_notes.py")
LONG = str(ROOT / "tests" / "assets" / "honest" / "enterprise_verbose_long.py")
ORDINARY_LINES = 213
MARK = "<!-- figures -->"
type _Work = Callable[[], Coroutine[Any, Any, None]]

_MYPY = "import sys; sys.path += sys.argv[1:]; import mypy.build"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="put the table into the document")
    parser.add_argument(
        "--soak", type=int, metavar="N", help="only: N runs in a row, and what they leave"
    )
    options = parser.parse_args()
    if options.soak:
        for name, (before, after) in asyncio.run(gate.soak(SMALL, options.soak)).items():
            print(f"{name:<28} {before:>6} -> {after:>6}")
        return
    figures, walls = measure(options.runs), asyncio.run(others())
    table = "\n".join([render(figures, options.runs), shown(walls), targets.table(figures, walls)])
    sys.stdout.write(table)
    if options.write:
        document = ROOT / "docs" / "benchmarks.md"
        head, _, rest = document.read_text("utf-8").partition(MARK)
        _, _, tail = rest.partition(MARK)
        document.write_text(f"{head}{MARK}\n{table}{MARK}{tail}", "utf-8")


def measure(runs: int) -> dict[str, Figure]:
    """All figures of one run, interleaved with the yardsticks."""
    empty = ["-c", "pass"]
    ways: dict[str, Callable[[], float]] = {
        "floor: python -S -c pass": lambda: of_command([PYTHON, "-S", *empty]),
        "floor: python -c 'import asyncio'": lambda: of_command([PYTHON, "-c", "import asyncio"]),
        "floor: python -c 'import mypy.build'": lambda: of_command(
            [PYTHON, "-c", "import mypy.build"]
        ),
        "floor: bare jail, python -S -c pass": lambda: of_command(_bare_jail()),
        "floor of a cold verify": _cold_floor,
        "alma-safe --help": lambda: of_command([ALMA_SAFE, "--help"]),
        "verify --stages static, small": lambda: of_command(_verify("static", SMALL)),
        "verify --stages static,types, small": lambda: of_command(_verify("static,types", SMALL)),
        "verify, all stages, small (22 lines)": lambda: of_command(
            [ALMA_SAFE, "verify", "--fresh", SMALL]
        ),
        "verify, all stages, ordinary (213 lines)": lambda: of_command(
            [ALMA_SAFE, "verify", "--fresh", ORDINARY]
        ),
    }
    figures = interleaved(ways, runs=runs)
    figures.update(asyncio.run(_warm_static(runs)))
    with tempfile.TemporaryDirectory() as folder:
        drawn_out = Path(folder, "design.py")
        drawn_out.write_bytes(text := lengthened(1500))
        paths = {
            "22 lines": SMALL,
            "213 lines": ORDINARY,
            "1124 lines": LONG,
            f"{text.count(b'\n')} lines, {ORDINARY_LINES} of them called": str(drawn_out),
        }
        figures.update(asyncio.run(gate.warm_gates(paths, max(3, runs // 5))))
    figures.update(asyncio.run(gate.guests(SMALL, max(3, runs // 5))))
    return figures


async def others() -> dict[str, float]:
    """What is no CPU time; milliseconds and microseconds are of wall time."""
    found = {targets.RATE: await gate.throughput(SMALL, 120)}
    found[targets.PAIR] = await asyncio.to_thread(gate.asyncio_pair_us)
    found[targets.BROKERED] = await gate.brokered_us()
    for name, taken in (await gate.opening_ms()).items():
        found[f"until a design is loaded in {name}, ms"] = taken
    found[targets.KILLED] = await gate.kill_ms()
    return found


def shown(walls: dict[str, float]) -> str:
    """The table of what is no CPU time."""
    lines = ["| what | figure |", "|---|---:|"]
    lines += [
        f"| {name} | {value:{'.1f' if value < 10 else '.0f'}} |" for name, value in walls.items()
    ]
    return "\n".join(lines) + "\n"


def _cold_floor() -> float:
    """The processes of a cold verify, each with what it cannot do without and nothing else.

    The command itself, the static worker, ruff, mypy, and a parent of guests for either hash seed.
    """
    jail = [*_bare_jail()[:-3], "-S", "-c", "import asyncio"]
    return (
        of_command([PYTHON, "-c", "import asyncio"])
        + of_command([PYTHON, "-S", "-c", "import ast, dataclasses, json"])
        + of_command([f"{sys.prefix}/bin/ruff", "check", "--isolated", "-q", "--exit-zero", SMALL])
        + of_command([PYTHON, "-S", "-c", _MYPY, *sys.path])
        + 2 * of_command(jail)
    )


def _verify(stages: str, path: str) -> list[str]:
    return [ALMA_SAFE, "verify", "--fresh", "--stages", stages, path]


def _bare_jail() -> list[str]:
    root = rootfs.stage()
    config = config_file(load_policy(), root)
    return [
        str(find_nsjail()), "--config", str(config), "--log_fd", "2",
        "--", GUEST_PYTHON, "-S", "-c", "pass",
    ]  # fmt: skip


async def _warm_static(runs: int) -> dict[str, Figure]:
    """The static stage with its worker running; many designs at a time, for the clock's grain."""
    figures: dict[str, Figure] = {}
    stage = StaticStage(load_policy())
    loop = asyncio.get_running_loop()
    try:
        for name, path in (("213 lines", ORDINARY), ("1124 lines", LONG)):
            design = Design.from_file(path)
            await stage.run(design)
            count = 20

            async def several(design: Design = design, count: int = count) -> None:
                for _ in range(count):
                    await stage.run(design)

            def once(work: _Work = several, count: int = count) -> float:
                waiting = asyncio.run_coroutine_threadsafe(work(), loop)
                return of_call(waiting.result, lambda: children_of(os.getpid())) / count

            way = f"static stage, warm, {name}, ruff included"
            found = await asyncio.to_thread(interleaved, {way: once}, runs=max(3, runs // 3))
            figures.update(found)
    finally:
        await stage.aclose()
    return figures


def render(figures: dict[str, Figure], runs: int) -> str:
    """The table, each figure also as a multiple of the yardstick."""
    yardstick = figures["floor: python -S -c pass"].median
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {runs} interleaved runs; "
        "CPU milliseconds (user + system, children included).",
        "",
        "| what | median | least | most | x `python -S -c pass` |",
        "|---|---:|---:|---:|---:|",
    ]
    for figure in figures.values():
        lines.append(
            f"| {figure.name} | {figure.median:.1f} | {figure.least:.1f} | {figure.most:.1f} "
            f"| {figure.median / yardstick:.1f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
