"""`python -m bench.search`: what the loop itself costs, and what a large archive does.

--overhead    share of a run's time in which no gate, game or model was at work
--archive     listing and selecting among 10,000 archived designs, and writing them
--simulate    from measured costs to 10^6 designs a day: what saturates first
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alma_safe.cli.search import add_parser
from alma_safe.cli.search_asked import settings as settings_of
from alma_safe.search.archive import Archive
from alma_safe.search.budget import Budget
from alma_safe.search.loop import Search
from alma_safe.search.proposers.genetic import GeneticProposer
from alma_safe.search.records import Candidate, RunSettings, State
from alma_safe.search.samplers import SAMPLERS, drawn, sampler
from alma_safe.search.trees.client import Trees
from alma_safe.search.watch import Nobody
from alma_safe.search.workshop import Workshop

_DAY_S = 86_400
_DESIGNS = 1_000_000


class Busy:
    """Time in which at least one of some calls was going on."""

    def __init__(self) -> None:
        self._open = 0
        self._since = 0.0
        self.seconds = 0.0

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        if not self._open:
            self._since = time.perf_counter()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self.seconds += time.perf_counter() - self._since


class Timed:
    """An executor, or a proposer, whose calls are timed."""

    def __init__(self, inner: Any, busy: Busy) -> None:
        self._inner = inner
        self._busy = busy

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def timed(*arguments: Any, **named: Any) -> Any:
            with self._busy.call():
                return await found(*arguments, **named)

        return timed


def asked(*arguments: str) -> tuple[RunSettings, list[bytes]]:
    """Settings as the command line makes them."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return settings_of(parser.parse_args(["search", "--run", "-", *arguments]))


def overhead(domain: str, steps: int) -> tuple[float, float]:
    """Seconds of a run, and those in which nothing but the loop was at work."""
    settings, sources = asked("--domain", domain, "--sampler", "scaled", "--no-confirmation")
    busy = Busy()

    async def go(folder: Path) -> float:
        trees = Trees()
        with Archive.create(folder, settings) as archive:
            for data in sources:
                archive.put_source(data)
            executor = Timed(Workshop(settings), busy)
            # The genetic proposer stands where a model's time would be.
            proposer = Timed(GeneticProposer(trees), busy)
            began = time.perf_counter()
            search = Search(archive, executor, proposer, trees, Nobody(), budget=Budget(limits={}))
            await search.run(steps)
            taken = time.perf_counter() - began
            await executor.aclose()
            await trees.aclose()
            return taken

    with tempfile.TemporaryDirectory() as folder:
        taken = asyncio.run(go(Path(folder)))
    return taken, taken - busy.seconds


def archived(count: int) -> dict[str, float]:
    """Milliseconds of CPU for a large archive: written, listed, and selected from."""
    settings, _ = asked("--domain", "babaisai")
    found: dict[str, float] = {}
    descriptors = {
        "bytes": 9000, "lines": 213, "layers": 3, "functions": 24, "branches": 45,
        "stores": ["counts"], "retrievals": ["ranking"], "model_calls": 0, "embedding_calls": 0,
    }  # fmt: skip
    made = [
        Candidate(
            step=number // 5,
            slot=number % 5,
            parent=f"{number // 10}.0",
            state=State.EVALUATED,
            digest=f"sha256:{number:064x}",
            fingerprint=f"tree:{number:064x}",
            score=(number * 7919 % 1000) / 1000,
            difference=0.0,
            descriptors=descriptors,
        )
        for number in range(count)
    ]
    with tempfile.TemporaryDirectory() as folder, Archive.create(Path(folder), settings) as archive:
        began = time.process_time()
        for first in range(0, count, 5):
            archive.end_step(made[first : first + 5])
        found["written, each step of five"] = (time.process_time() - began) / (count / 5) * 1e3
        began = time.process_time()
        archive.rows()
        found["listed"] = (time.process_time() - began) * 1e3
        for name in SAMPLERS:
            began = time.process_time()
            drawn(sampler(name), archive.entries(0.4), 5, 42, 1)
            found[f"selected: {name}"] = (time.process_time() - began) * 1e3
    return found


def simulated(gate_cpu_s: float, game_cpu_s: float, write_ms: float, usd: float) -> list[str]:
    """What a million designs a day would need, by costs for each design."""
    each_s = _DAY_S / _DESIGNS
    rows = [
        ("gate", gate_cpu_s, f"{gate_cpu_s / each_s:,.0f} cores"),
        ("games", game_cpu_s, f"{game_cpu_s / each_s:,.0f} cores"),
        ("archive, one writer", write_ms / 1e3, f"{write_ms / 1e3 / each_s:.1%} of its time"),
    ]
    lines = [f"{name:22} {cost:8.4f} s a design -> {need}" for name, cost, need in rows]
    lines.append(f"{'meta agent':22} {usd:8.4f} USD a design -> {usd * _DESIGNS:,.0f} USD a day")
    return lines


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="bench.search")
    parser.add_argument("--overhead", action="store_true")
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--domain", default="textworld")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--designs", type=int, default=10_000)
    parser.add_argument("--gate-cpu-s", type=float, default=0.41)
    parser.add_argument("--game-cpu-s", type=float, default=27.0)
    parser.add_argument("--usd", type=float, default=0.05)
    options = parser.parse_args()
    if options.overhead:
        taken, own = overhead(options.domain, options.steps)
        print(f"{options.domain}: {taken:.1f} s, of them the loop {own:.2f} s = {own / taken:.1%}")
    if options.archive or options.simulate:
        found = archived(options.designs)
        if options.archive:
            print(json.dumps({key: round(value, 2) for key, value in found.items()}, indent=1))
    if options.simulate:
        # Of a candidate about ten rows are written, the step's own being the largest share.
        write = 10 * found["written, each step of five"] / 5
        print(*simulated(options.gate_cpu_s, options.game_cpu_s, write, options.usd), sep="\n")


if __name__ == "__main__":
    main()
