"""Why a guest ended: read from counters, from our own clock and from the jail's private log.

The guest cannot write the log (it is a descriptor the jail keeps for itself) and
its exit code alone decides nothing: ``exit(137)`` is an exit, not a kill.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from alma_safe.sandbox.base import Ending

_SIGNALLED = re.compile(r"pid=(\d+) .*terminated with signal: (SIG\w+)")
_EXITED = re.compile(r"exited with status: (\d+)")
_TIME_UP = re.compile(r"run time >= time limit")
# Said before the guest runs, so not the guest's doing, however the half-made jail then ends.
_NOT_LAUNCHED = re.compile(r"Launching child process failed|Couldn't launch the child process")
_CLOCK_ERROR_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An ending, who decided it, and a word of detail."""

    ending: Ending
    decided_by: str
    detail: str = ""


def classify(
    *, log: str, oom_kills: int | None, cpu_s: float, cpu_limit_s: float, status: int
) -> Verdict:
    """Classify a guest that ended without our doing.

    ``log`` is the jail's log, ``status`` the raw wait status of the jail process.
    """
    if oom_kills:
        return Verdict(
            ending=Ending.OOM, decided_by="cgroup", detail=f"oom_kill counter is {oom_kills}"
        )
    if _NOT_LAUNCHED.search(log):
        return _failed(log, status)
    if _TIME_UP.search(log):
        return Verdict(ending=Ending.TIMEOUT_WALL, decided_by="jail clock")
    signalled = _SIGNALLED.search(log)
    if signalled:
        return by_signal(signalled[2], cpu_s, cpu_limit_s, pid=int(signalled[1]))
    exited = _EXITED.search(log)
    if exited:
        return Verdict(
            ending=Ending.EXIT, decided_by="guest", detail=f"exited with status {exited[1]}"
        )
    return _failed(log, status)


def _failed(log: str, status: int) -> Verdict:
    return Verdict(
        ending=Ending.INFRASTRUCTURE,
        decided_by="jail",
        detail=f"the jail ended with wait status {status}: {_problem(log)}",
    )


def by_signal(name: str, cpu_s: float, cpu_limit_s: float, *, pid: int | None = None) -> Verdict:
    """Classify a guest, the process ``pid`` of this host, that a signal not of ours ended."""
    if name == signal.SIGSYS.name:
        from alma_safe.sandbox.forbidden import forbidden_call

        call = forbidden_call(pid) if pid else ""
        detail = f"a forbidden system call{': ' + call if call else ''}"
        return Verdict(ending=Ending.SECCOMP, decided_by="kernel", detail=detail)
    # The kernel kills at the hard limit; it counts ticks, so the two clocks differ. PID 1 of
    # a namespace cannot be killed from within: nobody else there sends this signal.
    spent = cpu_s >= cpu_limit_s * 0.9 - _CLOCK_ERROR_S
    if name in (signal.SIGXCPU.name, signal.SIGKILL.name) and spent:
        return Verdict(
            ending=Ending.TIMEOUT_CPU,
            decided_by="kernel",
            detail=f"used {cpu_s:.1f} s of {cpu_limit_s:.0f} s CPU",
        )
    return Verdict(ending=Ending.SIGNAL, decided_by="kernel", detail=f"killed by {name}")


def _problem(log: str) -> str:
    """The first error that the jail logged: what follows are its consequences."""
    lines = log.splitlines()
    errors = [line for line in lines if line.startswith(("[E]", "[F]"))]
    warnings = [line for line in lines if line.startswith("[W]")]
    return (errors[:1] or warnings[-1:] or lines[-1:] or ["it said nothing"])[0][:300]
