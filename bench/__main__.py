"""`make bench`: CPU of the gate beside the floors that nothing can go below.

Prints a Markdown table; with --write it replaces the one in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.nsjail.binary import find_nsjail
from alma_safe.sandbox.nsjail.config import config_file
from alma_safe.sandbox.rootfs import PYTHON as GUEST_PYTHON
from alma_safe.verifier.static.stage import StaticStage
from bench import gate
from bench.cpu import ALMA_SAFE, PYTHON, Figure, children_of, interleaved, of_call, of_command

ROOT = Path(__file__).resolve().parent.parent
SMALL = str(ROOT / "designs" / "no_memory.py")
ORDINARY = str(ROOT / "designs" / "bm25_notes.py")
LONG = str(ROOT / "tests" / "assets" / "honest" / "enterprise_verbose_long.py")
MARK = "<!-- figures -->"


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
    table = render(measure(options.runs), options.runs) + asyncio.run(others())
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
    paths = {"22 lines": SMALL, "213 lines": ORDINARY, "1124 lines": LONG}
    figures.update(asyncio.run(gate.warm_gates(paths, max(3, runs // 5))))
    figures.update(asyncio.run(gate.guests(SMALL, max(3, runs // 5))))
    return figures


async def others() -> str:
    """What is no CPU time."""
    many = await gate.throughput(SMALL, 120)
    floor = await asyncio.to_thread(gate.asyncio_pair_us)
    lines = [
        "",
        "| what | figure |",
        "|---|---:|",
        f"| designs of 22 lines a minute, one job for each core | {many:.0f} |",
        f"| floor: two processes with asyncio's streams, there and back, wall | {floor:.0f} µs |",
        f"| a brokered call and back, wall | {await gate.brokered_us():.0f} µs |",
        *(
            f"| until a design is loaded in {name}, wall | {taken:.0f} ms |"
            for name, taken in (await gate.opening_ms()).items()
        ),
        f"| a runaway guest, from the decision to its end | {await gate.kill_ms():.1f} ms |",
    ]
    return "\n".join(lines) + "\n"


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

            def once(work: Callable[[], object] = several, count: int = count) -> float:
                waiting = asyncio.run_coroutine_threadsafe(work(), loop)  # type: ignore[arg-type]
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
