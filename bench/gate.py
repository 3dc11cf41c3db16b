"""The warm gate, its guests and what they cost beside floors and peers.

CPU is that of the whole machine (/proc/stat): guests are nobody's children here. Run it
where nothing else runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.sandbox.base import Backend, Ending
from alma_safe.sandbox.broker import Broker, LocalModel
from alma_safe.sandbox.broker.local import WIDTH
from alma_safe.sandbox.docker.backend import DockerBackend
from alma_safe.sandbox.idle import no_model
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.sandbox.pool import PooledBackend
from alma_safe.sandbox.select import backend
from alma_safe.sandbox.zygote.backend import ZygoteBackend
from alma_safe.verifier.pipeline import Gate
from bench.cpu import PYTHON, Figure, children_of, of_command

_IN_A_ROW = 30
"""Warm: what a parent of guests costs when it is replaced is shared by many."""

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_EPISODE = {"init": {"goal": "g", "obs": "o"}, "steps": [{"action_took": "look"}], "reward": 1.0}


def machine_ms() -> float:
    """CPU milliseconds that this machine has spent, on anything."""
    with open("/proc/stat") as stream:
        fields = [int(field) for field in stream.readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, _ = fields
    return (user + nice + system + irq + softirq) * _TICK_MS


async def per_run(work: Callable[[], Awaitable[object]], runs: int) -> float:
    """CPU milliseconds of one run, over many in a row: the machine counts in ticks."""
    for _ in range(2):
        await work()
    before = machine_ms()
    for _ in range(runs):
        await work()
    return (machine_ms() - before) / runs


def figure(name: str, values: list[float]) -> Figure:
    """The figure of several measurements."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    return Figure(name=name, median=middle, least=ordered[0], most=ordered[-1], runs=len(values))


async def warm_gates(paths: dict[str, str], rounds: int) -> dict[str, Figure]:
    """The whole warm gate per design, beside the least that its work needs."""
    found: dict[str, list[float]] = {}
    async with Gate(load_policy(), backend=backend()) as gate:
        for _ in range(rounds):
            for name, path in paths.items():
                design = Design.from_file(path)
                cost = await per_run(lambda design=design: gate.verify(design), _IN_A_ROW)  # type: ignore[misc]
                report = await gate.verify(design)
                mypy_s = next(s.usage["cpu_s"] for s in report.stages if s.name == "types")
                floor = of_floor(path) + 1000 * float(mypy_s)
                found.setdefault(f"floor of the gate, {name}", []).append(floor)
                found.setdefault(f"warm gate, {name}", []).append(cost)
    return {name: figure(name, values) for name, values in found.items()}


def of_floor(path: str) -> float:
    """One ruff, three forks, and the design's own calls without any wall."""
    ruff = of_command([f"{sys.prefix}/bin/ruff", "check", "--isolated", "-q", "--exit-zero", path])
    run = subprocess.run(
        [PYTHON, "-m", "bench.inprocess", path], capture_output=True, text=True, check=True
    )
    return ruff + float(run.stdout) + 3 * _fork_ms()


def _fork_ms() -> float:
    before = os.times()
    for _ in range(50):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    after = os.times()
    spent: float = sum(getattr(after, f) - getattr(before, f)
                for f in ("user", "system", "children_user", "children_system"))  # fmt: skip
    return spent * 1000 / 50


async def guests(path: str, rounds: int) -> dict[str, Figure]:
    """One guest each way: start, load, one update, one retrieve, end."""
    ways: dict[str, Backend] = {
        "guest: forked": ZygoteBackend(),
        "guest: a jail of its own": NsjailBackend(),
        "guest: a hardened container": DockerBackend(),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    design = Design.from_file(path)
    for _ in range(rounds):
        for name, way in ways.items():
            count = 5 if "container" in name else 20
            found[name].append(await per_run(lambda way=way: _one_guest(way, design), count))  # type: ignore[misc]
    for way in ways.values():
        await way.aclose()
    return {name: figure(name, values) for name, values in found.items()}


async def _one_guest(way: Backend, design: Design) -> None:
    session = await way.open(design, load_policy(), broker=no_model)
    await session.call("load", deadline_s=20)
    await session.call("construct", deadline_s=20)
    payload = {"instance": 1, "recorder": _EPISODE}
    await session.call("update", payload, deadline_s=20)
    await session.call("retrieve", payload, deadline_s=20)
    await session.close()


async def opening_ms() -> dict[str, float]:
    """Wall milliseconds until a design is loaded: a jail of its own, and one started ahead."""
    design = Design.from_bytes(_ASKS)
    found: dict[str, list[float]] = {"a jail of its own": [], "a jail started ahead": []}
    ways: dict[str, Backend] = {
        "a jail of its own": NsjailBackend(),
        "a jail started ahead": PooledBackend(NsjailBackend()),
    }
    for _ in range(12):
        for name, way in ways.items():
            started = time.perf_counter()
            session = await way.open(design, load_policy(), broker=no_model)
            await session.call("load", deadline_s=20)
            found[name].append(1000 * (time.perf_counter() - started))
            await session.close()
            await asyncio.sleep(0.3)  # the pool fills while the design is evaluated
    for way in ways.values():
        await way.aclose()
    return {name: sorted(values)[len(values) // 2] for name, values in found.items()}


_ASKS = b"""
from agents.memo_structure import MemoStructure
from utils.hire_agent import Embedding
class Asks(MemoStructure):
    async def general_retrieve(self, recorder):
        embedding = Embedding()
        for _ in range(1000):
            await embedding.get_embedding("x")
        return {}
    async def general_update(self, recorder): pass
"""


async def brokered_us() -> float:
    """Wall microseconds of one brokered call from a coroutine, in a row."""
    policy = load_policy()
    limits = dataclasses.replace(policy.broker, episode_calls=10**6, run_calls=10**6)
    way = ZygoteBackend()
    design = Design.from_bytes(_ASKS)
    session = await way.open(design, policy, broker=Broker(limits, LocalModel()))
    await session.call("load", deadline_s=20)
    await session.call("construct", deadline_s=20)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        payload = {"instance": 1, "recorder": _EPISODE}
        await session.call("retrieve", payload, deadline_s=60)
        best = min(best, time.perf_counter() - started)
    await session.close()
    await way.aclose()
    return best * 1e6 / 1000


def asyncio_pair_us() -> float:
    """The floor of a brokered call: two processes with asyncio's streams, frames as large."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            asyncio.run(_echo(theirs))
        os._exit(0)
    theirs.close()
    try:
        return asyncio.run(_ping(ours))
    finally:
        os.waitpid(child, 0)


async def _echo(end: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=end)
    while True:
        (size,) = struct.unpack(">I", await reader.readexactly(4))
        asked = json.loads(await reader.readexactly(size))
        body = json.dumps({"reply": asked["call"], "value": "x" * (4 * WIDTH * 4 // 3)}).encode()
        writer.write(struct.pack(">I", len(body)) + body)


async def _ping(end: socket.socket) -> float:
    reader, writer = await asyncio.open_connection(sock=end)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for number in range(1000):
            asked = {"call": number, "kind": "embed", "payload": {"texts": ["x"]}}
            body = json.dumps(asked).encode()
            writer.write(struct.pack(">I", len(body)) + body)
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            json.loads(await reader.readexactly(size))
        best = min(best, time.perf_counter() - started)
    writer.close()
    return best * 1e6 / 1000


async def kill_ms() -> float:
    """Wall milliseconds from the decision to end a runaway guest until it is gone."""
    way = ZygoteBackend()
    body = _ASKS.replace(b"        embedding = Embedding()\n", b"        while True: pass\n")
    taken = []
    for _ in range(10):
        session: Any = await way.open(Design.from_bytes(body), load_policy(), broker=no_model)
        await session.call("load", deadline_s=20)
        await session.call("construct", deadline_s=20)
        task = asyncio.create_task(
            session.call("retrieve", {"instance": 1, "recorder": _EPISODE}, deadline_s=20)
        )
        await asyncio.sleep(0.05)
        pid = session.guest_pid()
        started = time.perf_counter()
        session._end(Ending.TIMEOUT_WALL, "host", "")
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0)
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.gather(task, return_exceptions=True)
        await session.close()
    await way.aclose()
    return sorted(taken)[len(taken) // 2]


async def throughput(path: str, count: int) -> float:
    """Designs a minute through one gate, one job for each core."""
    design = Design.from_file(path)
    async with Gate(load_policy(), backend=backend()) as gate:
        async for _ in gate.verify_many([design] * 8):
            pass
        started = time.perf_counter()
        async for _ in gate.verify_many([design] * count):
            pass
        return count * 60 / (time.perf_counter() - started)


async def soak(path: str, count: int) -> dict[str, tuple[int, int]]:
    """What there is of everything after a hundred runs in a row, and after ``count`` more."""
    design = Design.from_file(path)
    async with Gate(load_policy(), backend=backend()) as gate:
        async for _ in gate.verify_many([design] * 100):
            pass
        before = _state()
        async for _ in gate.verify_many([design] * count):
            pass
        after = _state()
    return {name: (before[name], after[name]) for name in before}


def _state() -> dict[str, int]:
    with open("/proc/self/statm") as stream:
        resident = int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    groups = [path for path in Path("/sys/fs/cgroup").glob(f"**/alma-safe/{os.getpid()}-*")]
    below, waiting = 0, [os.getpid()]
    held = 0
    while waiting:
        for child in children_of(waiting.pop()):
            below, waiting = below + 1, [*waiting, child]
            with open(f"/proc/{child}/smaps_rollup") as stream:
                held += next(int(line.split()[1]) for line in stream if line.startswith("Pss:"))
    return {
        "processes": below,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "control groups": len(groups),
        "files in /tmp": len(os.listdir("/tmp")),
        "resident MiB of the gate": resident,
        "MiB of what it keeps (PSS)": held >> 10,
    }
