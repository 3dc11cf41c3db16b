"""Why a guest ended is decided by counters and the jail's log, never by what a guest does."""

from __future__ import annotations

import pytest

from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.nsjail.ending import classify

STARTED = "[I][2026-01-01T00:00:00+0000] Executing '/py/bin/python3.12' for '[STANDALONE MODE]'\n"
PREFIX = "[I][2026-01-01T00:00:00+0000] pid=7 ([STANDALONE MODE]) "


def exited(status: int) -> str:
    return f"{STARTED}{PREFIX}exited with status: {status}, (PIDs left: 0)\n"


def signalled(name: str) -> str:
    return f"{STARTED}{PREFIX}terminated with signal: {name} (9), (PIDs left: 0)\n"


TIME_UP = f"{STARTED}{PREFIX}run time >= time limit (135 >= 135) ([STANDALONE MODE]). Killing it\n"


@pytest.mark.parametrize(
    ("log", "oom_kills", "cpu_s", "expected", "decided_by"),
    [
        (exited(0), 0, 0.1, Ending.EXIT, "guest"),
        (exited(1), None, 0.1, Ending.EXIT, "guest"),
        (exited(124), 0, 0.1, Ending.EXIT, "guest"),
        (exited(137), 0, 0.1, Ending.EXIT, "guest"),
        (exited(137), None, 59.9, Ending.EXIT, "guest"),
        (exited(255), 0, 0.1, Ending.EXIT, "guest"),
        (signalled("SIGKILL"), 0, 0.1, Ending.SIGNAL, "kernel"),
        (signalled("SIGKILL"), 0, 59.8, Ending.TIMEOUT_CPU, "kernel"),
        # The kernel's clock and the counter differ by ticks.
        (signalled("SIGKILL"), 0, 54.0, Ending.TIMEOUT_CPU, "kernel"),
        (signalled("SIGXCPU"), 0, 60.0, Ending.TIMEOUT_CPU, "kernel"),
        (signalled("SIGXCPU"), 0, 1.0, Ending.SIGNAL, "kernel"),
        (signalled("SIGSEGV"), 0, 60.0, Ending.SIGNAL, "kernel"),
        (signalled("SIGABRT"), 0, 0.1, Ending.SIGNAL, "kernel"),
        (signalled("SIGSYS"), 0, 0.1, Ending.SECCOMP, "kernel"),
        (signalled("SIGKILL"), 1, 0.1, Ending.OOM, "cgroup"),
        (exited(0), 2, 0.1, Ending.OOM, "cgroup"),
        (TIME_UP + signalled("SIGKILL"), 0, 0.1, Ending.TIMEOUT_WALL, "jail clock"),
        ("", 0, 0.0, Ending.INFRASTRUCTURE, "jail"),
        (STARTED, 0, 0.0, Ending.INFRASTRUCTURE, "jail"),
        ("[F] Launching child process failed\n" + exited(255), 0, 0.0, Ending.INFRASTRUCTURE, "jail"),
        ("[E] Couldn't launch the child process\n" + signalled("SIGKILL"), 0, 0.0,
         Ending.INFRASTRUCTURE, "jail"),
        ("[E] Launching child process failed\n", 0, 0.0, Ending.INFRASTRUCTURE, "jail"),
    ],
)  # fmt: skip
def test_table(log, oom_kills, cpu_s, expected, decided_by):
    verdict = classify(log=log, oom_kills=oom_kills, cpu_s=cpu_s, cpu_limit_s=60, status=0)
    assert (verdict.ending, verdict.decided_by) == (expected, decided_by)


@pytest.mark.parametrize("status", [0, 9, 137 << 8, 124 << 8, 255 << 8])
def test_the_wait_status_of_the_jail_alone_decides_nothing(status):
    verdict = classify(log="", oom_kills=0, cpu_s=99, cpu_limit_s=60, status=status)
    assert verdict.ending is Ending.INFRASTRUCTURE


def test_what_went_wrong_in_the_jail_is_told_in_one_line():
    log = f"{STARTED}[W] something\n[E] mount('/x') failed: {'long ' * 200}\n"
    verdict = classify(log=log, oom_kills=0, cpu_s=0, cpu_limit_s=60, status=255 << 8)
    assert "mount('/x') failed" in verdict.detail
    assert len(verdict.detail) < 400
    assert "\n" not in verdict.detail
