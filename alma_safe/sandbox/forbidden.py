"""Which system call ended a guest: read from the kernel's log, where it tells us.

The kernel notes each process that a filter kills, if no audit daemon takes the notes,
and leaves some out when there are many. Root alone may read them, and the numbers of
processes in them are those of the outermost namespace: nothing found means nothing told.
"""

from __future__ import annotations

import contextlib
import os
import re
import time

from alma_safe.seccomp import numbers

_LOG = "/dev/kmsg"
_MAX_RECORDS = 20_000
_RECENT_S = 60.0
_NOTE = re.compile(
    rb"^\d+,\d+,(\d+),.*audit: type=1326 .* pid=(\d+) .* arch=([0-9a-f]+) syscall=(\d+) "
)


def forbidden_call(pid: int) -> str:
    """Return the name of the call for which the process ``pid`` was killed, or nothing."""
    found = ""
    earliest_us = (time.clock_gettime(time.CLOCK_BOOTTIME) - _RECENT_S) * 1e6
    with contextlib.suppress(OSError):
        descriptor = os.open(_LOG, os.O_RDONLY | os.O_NONBLOCK)
        try:
            for _ in range(_MAX_RECORDS):
                note = _NOTE.match(os.read(descriptor, 8192))
                # Numbers are used again: an old note is about somebody else.
                if note and int(note[2]) == pid and int(note[1]) > earliest_us:
                    found = _named(int(note[4]), int(note[3], 16))
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)
    return found


def _named(number: int, architecture: int) -> str:
    for machine, own in numbers.AUDIT_ARCH.items():
        if own == architecture:
            return numbers.name_of(number, machine) or f"number {number}"
    return f"number {number} of a foreign ABI"
