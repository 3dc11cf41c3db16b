"""Counts the system calls of a process, its threads and what they start, until all are gone.

Run as a program of its own, standard library only: `tracer.py PID`. Prints `ready`, or why
not, and in the end one line of JSON: rows of architecture, number, calls, failures. It has
to be a process of its own because whoever traces is told of every wait of its tracees.
Source: ptrace(2), PTRACE_SEIZE and PTRACE_GET_SYSCALL_INFO (Linux 5.3).
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import struct
import sys
from collections import Counter

_SEIZE, _INTERRUPT, _LISTEN, _SYSCALL, _GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 24, 0x420E
_GET_SIGNAL_INFO = 0x4202
_OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10  # SYSGOOD, and FORK, VFORK, CLONE, EXEC
_STOP = 128  # PTRACE_EVENT_STOP
_ALL = 0x40000000  # __WALL
_ENTRY, _EXIT = 1, 2
_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_FAULTS = (
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGILL),
    *(signal.SIGFPE, signal.SIGSYS, signal.SIGTRAP),
)
_INFO_BYTES = 88
_SIGNAL_BYTES = 128
_X32 = 0x4000_0000
_MAX_NUMBER = 1024
FURTHER = -1
"""Stands for all numbers that no call has: there are 2**64 that a guest can ask for."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Gone(Exception):
    """A thread was killed while it was asked."""


def ptrace(request: int, thread: int, address: int = 0, data: int = 0) -> None:
    """One request. Raises Gone where the thread is no more, else OSError."""
    if _libc.ptrace(request, thread, address, data) < 0:
        number = ctypes.get_errno()
        if number == errno.ESRCH:
            raise Gone
        raise OSError(number, os.strerror(number))


class Tracer:
    """What was counted so far, and which call each thread is in."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[int, int]] = Counter()
        self.failed: Counter[tuple[int, int]] = Counter()
        self._inside: dict[int, tuple[int, int]] = {}
        self._signal = ctypes.create_string_buffer(_SIGNAL_BYTES)
        self._buffer = ctypes.create_string_buffer(_INFO_BYTES)

    def attach(self, process: int) -> set[int]:
        """Seize all threads. A new one belongs to the trace from its start."""
        seized: set[int] = set()
        while True:
            threads = {int(name) for name in os.listdir(f"/proc/{process}/task")}
            if threads <= seized:
                return seized
            for thread in threads - seized:
                try:
                    ptrace(_SEIZE, thread, 0, _OPTIONS)
                    ptrace(_INTERRUPT, thread)
                except Gone:
                    pass
                except PermissionError:
                    # A thread that a traced one started meanwhile is traced already.
                    if not seized:
                        raise
                seized.add(thread)

    def stopped(self, thread: int, status: int) -> None:
        """Count what a stop tells, and let the thread go on."""
        number = os.WSTOPSIG(status)
        event = status >> 16
        try:
            if number == signal.SIGTRAP | 0x80:
                self._count(thread)
                ptrace(_SYSCALL, thread)
            elif event == _STOP and number in _STOPPING:
                ptrace(_LISTEN, thread)
            elif event:
                ptrace(_SYSCALL, thread)
            else:
                self._signalled(thread, number)
        except Gone:
            self._inside.pop(thread, None)

    def _signalled(self, thread: int, number: int) -> None:
        """A signal of its own, which it is to get, with what it does where nobody traces.

        The first process of a namespace is spared what it has no handler for, and the kernel
        makes an exception for its own faults only where it is not traced: it would fault for
        ever. Nor does it stop, which it would here.
        """
        init, caught = _of(thread)
        if init and number in _FAULTS and not caught >> (number - 1) & 1:
            ptrace(_GET_SIGNAL_INFO, thread, 0, ctypes.addressof(self._signal))
            (code,) = struct.unpack_from("=i", self._signal, 8)
            if code > 0:
                # Not let go of instead: it might set a handler meanwhile, and live on unseen.
                os.kill(thread, signal.SIGKILL)
                return
        ptrace(_SYSCALL, thread, 0, 0 if init and number in _STOPPING else number)

    def _count(self, thread: int) -> None:
        ptrace(_GET_SYSCALL_INFO, thread, _INFO_BYTES, ctypes.addressof(self._buffer))
        kind, arch = struct.unpack_from("=B3xI", self._buffer)
        if kind == _ENTRY:
            (number,) = struct.unpack_from("=Q", self._buffer, 24)
            entered = (arch, number if number & ~_X32 < _MAX_NUMBER else FURTHER)
            self._inside[thread] = entered
            self.calls[entered] += 1
        elif kind == _EXIT and (call := self._inside.pop(thread, None)) is not None:
            (is_error,) = struct.unpack_from("=B", self._buffer, 32)
            self.failed[call] += bool(is_error)


def _of(thread: int) -> tuple[bool, int]:
    """Whether a thread is of the first process of a namespace, and the signals it catches."""
    try:
        with open(f"/proc/{thread}/status", encoding="ascii", errors="replace") as stream:
            told = dict(line.split(":", 1) for line in stream if ":" in line)
    except OSError:
        return False, 0
    return told.get("NStgid", "0").split()[-1] == "1", int(told.get("SigCgt", "0"), 16)


def main(process: int) -> None:
    """Trace until nothing is left."""
    tracer = Tracer()
    try:
        waiting = tracer.attach(process)
    except OSError as error:
        print(f"this host does not let a process be traced: {error.strerror}", flush=True)
        return
    told = False
    while True:
        try:
            thread, status = os.waitpid(-1, _ALL)
        except ChildProcessError:
            break
        if os.WIFSTOPPED(status):
            tracer.stopped(thread, status)
        waiting.discard(thread)
        if not waiting and not told:
            told = True
            print("ready", flush=True)
    rows = [
        [arch, number, count, tracer.failed[arch, number]]
        for (arch, number), count in sorted(tracer.calls.items())
    ]
    print(json.dumps(rows), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
