"""Deadlines that do not punish a guest for a busy machine.

A deadline is meant for what a design does. While the guest, or the host that serves
it, was ready to run but got no processor, the clock stands still; the kernel counts
that time. Bounded, since a guest could make its own threads queue for each other.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

_SHORT_S = 0.1
_MOST = 5
"""A call never lives longer than this many times its deadline."""


class Patience:
    """The clock of one call to the guest below process ``pid``."""

    def __init__(self, pid: int | None, deadline_s: float) -> None:
        self._pid = pid
        self._deadline_s = deadline_s
        self._started = time.monotonic()
        self._queued: float | None = None
        self._used_before = 0.0

    def renew(self) -> None:
        """Give the call its whole deadline again, because it has come further."""
        self._used_before = self.used()
        self._started = time.monotonic()
        self._queued = None

    def left(self) -> float:
        """Seconds to wait before asking again; zero when the deadline has passed."""
        passed = time.monotonic() - self._started
        if self._queued is None:
            if passed < _SHORT_S < self._deadline_s:
                # Most calls are over by then, and never cost a look into /proc.
                return _SHORT_S - passed
            self._queued = self._queued_s()
        if passed < self._deadline_s:
            return self._deadline_s - passed
        if passed >= self._deadline_s * _MOST:
            return 0.0
        left = self._deadline_s - self._used_lately()
        # Less than a tick is no reason to wait: a guest that hangs queues now and then too.
        return left if left > 0.02 else 0.0

    def used(self) -> float:
        """Seconds of the call so far in which neither side queued for a processor."""
        return self._used_before + self._used_lately()

    def _used_lately(self) -> float:
        passed = time.monotonic() - self._started
        if self._queued is None:
            return passed
        return max(0.0, passed - (self._queued_s() - self._queued))

    def _queued_s(self) -> float:
        """Seconds that the guest's slowest thread and this process have queued for a processor."""
        guest = max((_queued(f"/proc/{pid}/task") for pid in tree(self._pid)), default=0.0)
        return guest + _queued(f"/proc/{os.getpid()}/task")


def tree(pid: int | None) -> Iterator[int]:
    """Yield a process and all below it, as far as they can be seen."""
    waiting = [] if pid is None else [pid]
    while waiting:
        current = waiting.pop()
        yield current
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/{current}/task/{current}/children").read_text()
            waiting += [int(child) for child in children.split()]


def memory_of(pid: int | None) -> int:
    """Resident bytes of a process and its children, as far as they can be read."""
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for member in tree(pid):
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * page
    return total


def _queued(tasks: str) -> float:
    """The longest time that one of these threads has spent on a run queue, in seconds."""
    longest = 0
    with contextlib.suppress(OSError):
        for thread in os.listdir(tasks):
            with contextlib.suppress(OSError, ValueError, IndexError):
                queued = Path(f"{tasks}/{thread}/schedstat").read_text().split()[1]
                longest = max(longest, int(queued))
    return longest / 1e9
