"""System calls of a guest are counted from outside, on every way to one, without harm to it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest

from alma_safe.sandbox.base import Ending, SessionEnded
from alma_safe.sandbox.tracing import Trace, Traced
from tests.sandbox import jail

PROGRAM = """
import os, sys, threading
sys.stdin.readline()
def many():
    for _ in range(137): os.getppid()
thread = threading.Thread(target=many); thread.start(); thread.join()
for _ in range(3):
    try: os.stat('/nowhere')
    except OSError: pass
child = os.fork()
if not child:
    for _ in range(41): os.getpgid(0)
    os._exit(7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_threads_and_children_are_counted_too_and_what_failed() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", PROGRAM], stdin=subprocess.PIPE)

    async def go() -> Traced:
        trace = Trace()
        await trace.start(process.pid)
        process.communicate(b"go\n")
        return await trace.result()

    found = asyncio.run(go())
    assert process.returncode == 7
    assert found.reason == ""
    assert found.calls["getppid"] == 137
    assert found.calls["getpgid"] == 41
    assert found.failed["newfstatat"] == 3
    assert "getppid" not in found.failed


def traced(source, steps, limits=None):
    """What a guest did from before it was loaded, and how it ended."""

    async def go():
        trace = Trace()
        async with jail.guest(source, limits) as session:
            await trace.start(session.guest_pid())
            try:
                await session.call("load", {}, deadline_s=jail.DEADLINE_S)
                await session.call("fresh", {}, deadline_s=jail.DEADLINE_S)
                for _ in range(steps):
                    await session.call(
                        "retrieve", {"instance": 0, "recorder": jail.EPISODE}, deadline_s=3.0
                    )
            except SessionEnded:
                pass
            closing = await session.close()
        return await trace.result(), closing

    return asyncio.run(go())


@pytest.mark.usefixtures("every_backend")
def test_what_a_design_asks_of_the_kernel_is_seen_and_what_it_was_refused() -> None:
    quiet, ended = traced(jail.design(), 5)
    assert ended.ending is Ending.COMPLETED
    assert quiet.reason == ""
    assert sum(quiet.calls.values()) > 10
    loud, ended = traced(
        jail.design(
            module="for _ in range(50):\n    os.getppid()",
            retrieve="try:\n    os.mkdir('/nowhere/at/all')\nexcept OSError:\n    pass\nreturn {}",
        ),
        5,
    )
    assert ended.ending is Ending.COMPLETED
    # At import time and in calls; the filter may answer before the kernel does.
    assert loud.calls["getppid"] - quiet.calls.get("getppid", 0) == 50
    assert loud.calls["mkdir"] == loud.failed["mkdir"] == 5
    assert "mkdir" not in quiet.calls


@pytest.mark.usefixtures("every_backend")
def test_a_traced_guest_that_hangs_is_ended_as_ever() -> None:
    started = time.monotonic()
    found, ended = traced(jail.design(retrieve="while True: pass"), 1)
    assert ended.ending is Ending.TIMEOUT_WALL
    assert time.monotonic() - started < 30
    assert found.reason == ""


@pytest.mark.usefixtures("every_backend")
def test_a_traced_guest_is_contained_as_ever() -> None:
    """A call that the filter answers with death is death, and the trace has it."""
    found, ended = traced(
        jail.design(retrieve="import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)\nreturn {}"), 1
    )
    assert ended.ending is Ending.SECCOMP
    assert found.calls["ptrace"] == 1
    assert "ptrace" not in found.failed


def test_a_process_that_cannot_be_traced_says_why() -> None:
    async def go(pid: int | None) -> Traced:
        trace = Trace()
        await trace.start(pid)
        return await trace.result()

    gone = subprocess.Popen(["true"])
    gone.wait()
    assert "does not let" in asyncio.run(go(gone.pid)).reason
    assert "cannot be seen" in asyncio.run(go(None)).reason


C_LIBRARY = "import ctypes, os, signal\nlibc = ctypes.CDLL(None)\n"


@pytest.mark.usefixtures("every_backend")
@pytest.mark.parametrize(
    ("retrieve", "ending"),
    [
        # What the first process of a namespace is spared, and what it is not.
        ("os.kill(os.getpid(), signal.SIGSTOP)\nreturn {}", Ending.COMPLETED),
        ("os.kill(os.getpid(), signal.SIGSEGV)\nreturn {}", Ending.COMPLETED),
        ("libc.memset(8, 1, 8)\nreturn {}", Ending.SIGNAL),
        (
            "signal.signal(signal.SIGTRAP, lambda *_: None)\n"
            "os.kill(os.getpid(), signal.SIGTRAP)\nreturn {}",
            Ending.COMPLETED,
        ),
    ],
)
def test_a_traced_guest_ends_as_it_would_untraced(retrieve: str, ending: Ending) -> None:
    started = time.monotonic()
    found, ended = traced(jail.design(retrieve=C_LIBRARY + retrieve), 1)
    assert ended.ending is ending
    assert found.reason == ""
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("every_backend")
def test_numbers_without_end_neither_fill_the_host_nor_hide_what_is_called() -> None:
    found, ended = traced(
        jail.design(
            retrieve=C_LIBRARY
            + "for n in range(1000, 9000):\n    libc.syscall(ctypes.c_long(n))\n"
            + "os.getppid()\nreturn {}",
        ),
        1,
    )
    assert ended.ending is Ending.COMPLETED
    assert found.calls["getppid"] >= 1
    [further] = [count for name, count in found.calls.items() if "further" in name]
    assert further == 9000 - 1024
    assert len(found.calls) < 100
