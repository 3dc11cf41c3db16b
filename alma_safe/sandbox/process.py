"""One child process of ours, waited for with its resource usage.

asyncio's own subprocesses throw the usage away, and it is part of every verdict.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Joins the control groups first, so that no instruction of the guest runs outside them.
_JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a child ended: raw wait status, CPU seconds and peak memory of its tree."""

    status: int
    cpu_s: float
    peak_memory_bytes: int


class Child:
    """A started process with pipes: ``stdin`` to write, ``stdout`` and ``stderr`` to read."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.pid = process.pid
        self.stdin, self.stdout, self.stderr = process.stdin, process.stdout, process.stderr
        self._process = process
        self._pidfd = os.pidfd_open(process.pid)
        self._exit: Exit | None = None

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        *,
        pass_fds: Sequence[int] = (),
        join: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        """Start ``command`` inside the control groups whose entry files ``join`` names."""
        if join:
            command = ["/bin/sh", "-c", _JOIN, "sh", *join, "--", *command]
        return cls(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=tuple(pass_fds),
                env={"PATH": "/usr/bin:/bin", **(environment or {})},
                start_new_session=True,
            )
        )

    @property
    def running(self) -> bool:
        """Whether it has not been reaped yet."""
        return self._exit is None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; the pid cannot have been reused, we have not reaped it."""
        if self._exit is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    async def wait(self) -> Exit:
        """Wait for the end and reap."""
        if self._exit is None:
            await readable(self._pidfd)
            self._exit = self._reap()
        return self._exit

    def _reap(self) -> Exit:
        _, status, used = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        os.close(self._pidfd)
        return Exit(
            status=status,
            cpu_s=used.ru_utime + used.ru_stime,
            peak_memory_bytes=used.ru_maxrss * 1024,
        )


async def readable(descriptor: int | socket.socket) -> None:
    """Wait until there is something to read; for a pidfd: until its process has ended."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
