"""A forked guest, as a session sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from typing import IO

from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.cgroups import Counters, Group
from alma_safe.sandbox.frames import Frames
from alma_safe.sandbox.handle import End, Streams
from alma_safe.sandbox.nsjail.ending import Verdict, by_signal
from alma_safe.sandbox.zygote.parent import Departure


class ForkedGuest:
    """One guest of a parent: its wire, its output, its group. See ``handle.Guest``."""

    def __init__(
        self,
        *,
        pid: int,
        pidfd: int,
        wire: socket.socket,
        output: IO[bytes],
        ended: asyncio.Future[Departure],
        group: Group | None,
        cpu_limit_s: float,
        chroma: str,
        degraded: tuple[str, ...],
    ) -> None:
        self.chroma = chroma
        self.degraded = degraded
        self.bounded_memory = group is not None
        self.has_material = True
        self.top_pid: int | None = pid
        self._pidfd = pidfd
        self._wire = wire
        self._output = output
        self._ended = ended
        self._group = group
        self._cpu_limit_s = cpu_limit_s

    @property
    def running(self) -> bool:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        return not self._ended.done()

    def guest_pid(self) -> int | None:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        return self.top_pid if self.running else None

    async def connect(self, frames: Frames) -> Streams:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: frames, sock=self._wire)
        writer = asyncio.StreamWriter(transport, frames, None, loop)
        return Streams(output=self._output, writer=writer, close=transport.close)

    def kill(self) -> None:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        if self.running:
            # PID 1 of its namespace: all that it started goes with it.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def wait(self) -> End:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        departure = await self._ended
        os.close(self._pidfd)
        counters = Counters()
        if self._group is not None:
            counters = self._group.counters()
            if not self._group.removed():
                await asyncio.to_thread(self._group.remove)
        cpu_s = counters.cpu_s if counters.cpu_s is not None else departure.cpu_s
        verdict = self._verdict(departure, counters, cpu_s)
        return End(
            ending=verdict.ending,
            decided_by=verdict.decided_by,
            detail=verdict.detail,
            counters=counters,
            cpu_s=cpu_s,
            peak_memory_bytes=counters.peak_memory_bytes or departure.peak_memory_bytes,
            status=departure.status,
        )

    def _verdict(self, departure: Departure, counters: Counters, cpu_s: float) -> Verdict:
        if counters.oom_kills:
            return Verdict(
                ending=Ending.OOM,
                decided_by="cgroup",
                detail=f"oom_kill counter is {counters.oom_kills}",
            )
        if not departure.known:
            return Verdict(
                ending=Ending.INFRASTRUCTURE,
                decided_by="host",
                detail="the parent of the guest is gone",
            )
        code = os.waitstatus_to_exitcode(departure.status)
        if code < 0:
            return by_signal(signal.Signals(-code).name, cpu_s, self._cpu_limit_s, pid=self.top_pid)
        return Verdict(ending=Ending.EXIT, decided_by="guest", detail=f"exited with status {code}")
