"""A container with a guest in it, as a session sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from alma_safe.errors import SessionError
from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.cgroups import Counters
from alma_safe.sandbox.docker.client import answering
from alma_safe.sandbox.docker.group import ParentGroup
from alma_safe.sandbox.frames import Frames
from alma_safe.sandbox.handle import End, Streams, writer_of
from alma_safe.sandbox.nsjail.ending import Verdict, by_signal
from alma_safe.sandbox.pidfd import wait_status
from alma_safe.sandbox.process import readable

if TYPE_CHECKING:
    from docker import APIClient

_HEADER = struct.Struct(">BxxxI")
_STDOUT = 1
_MAX_CHUNK = 1 << 20
_GONE_S = 10.0
_LAST_WORDS_S = 2.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the engine says of an ended container."""

    exit_code: int
    oom_killed: bool
    error: str = ""


class ContainerGuest:
    """One started container. See :class:`alma_safe.sandbox.handle.Guest`."""

    has_material = False

    def __init__(
        self,
        client: APIClient,
        container: str,
        *,
        wire: socket.socket,
        pid: int | None,
        group: ParentGroup | None,
        cpu_limit_s: float,
        chroma: str,
        degraded: tuple[str, ...],
    ) -> None:
        self.chroma = chroma
        self.degraded = degraded
        # The engine bounds it, in the container's own control group.
        self.bounded_memory = True
        self.top_pid = pid
        self.running = True
        self._client = client
        self._container = container
        self._wire = wire
        self._pidfd = _opened(pid, container)
        self._group = group
        self._cpu_limit_s = cpu_limit_s
        self._sorting: asyncio.Task[None] | None = None
        self._line: asyncio.StreamWriter | None = None
        self._killing: asyncio.Future[Any] | None = None

    def guest_pid(self) -> int | None:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        return self.top_pid if self.running else None

    async def connect(self, frames: Frames) -> Streams:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        attached, writer = await asyncio.open_connection(sock=self._wire, limit=_MAX_CHUNK)
        # Real pipes: what the session does not read yet is not read from the engine either.
        (told, to_told), (output, to_output) = _pipe(), _pipe()
        self._line = writer
        self._sorting = asyncio.create_task(
            _sort(attached, await writer_of(to_told), await writer_of(to_output))
        )
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: frames, told)
        return Streams(output=output, writer=writer, close=transport.close)

    def kill(self) -> None:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        if not self.running:
            return
        if self._pidfd is not None:
            try:
                # PID 1 of its namespace: all that it started goes with it.
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            except ProcessLookupError:
                return
            except PermissionError:
                pass
            else:
                return
        if self._killing is None:
            self._killing = asyncio.ensure_future(asyncio.to_thread(self._kill_by_engine))

    async def wait(self) -> End:
        """See :class:`alma_safe.sandbox.handle.Guest`."""
        lost = False
        try:
            state = await self._ended()
            status = None if self._pidfd is None else wait_status(self._pidfd)
            counters = Counters() if self._group is None else self._group.counters()
            if state.oom_killed:
                # Counted in the container's own group, which is gone with it.
                counters = replace(counters, oom_kills=max(1, counters.oom_kills or 0))
            verdict = self._verdict(state, counters, status)
        except SessionError as error:
            counters, status, lost = Counters(), None, True
            verdict = Verdict(
                ending=Ending.INFRASTRUCTURE, decided_by="engine", detail=error.message
            )
        self.running = False
        await self._hang_up()
        if self._pidfd is not None:
            os.close(self._pidfd)
        await asyncio.to_thread(self._remove)
        return End(
            ending=verdict.ending,
            decided_by=verdict.decided_by,
            detail=verdict.detail,
            counters=counters,
            cpu_s=counters.cpu_s or 0.0,
            peak_memory_bytes=counters.peak_memory_bytes or 0,
            status=-1 if status is None else status,
            line_lost=lost,
        )

    async def _ended(self) -> State:
        """Wait for the container's end, then ask the engine about it."""
        if self._pidfd is not None:
            await readable(self._pidfd)
            # An engine that cannot get rid of a guest's last words answers no question.
            await self._hang_up()
        elif self._sorting is not None:
            # The engine hangs up when the container is gone.
            await asyncio.wait({self._sorting})
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _GONE_S
        while True:
            state = await asyncio.to_thread(self._state)
            if state is not None:
                return state
            if loop.time() > deadline:
                raise SessionError("the engine does not notice that a container has ended")
            await asyncio.sleep(_POLL_S)

    async def _hang_up(self) -> None:
        """Take what the guest still had said, for a while, then read no more."""
        if self._sorting is not None:
            await asyncio.wait({self._sorting}, timeout=_LAST_WORDS_S)
            self._sorting.cancel()
            await asyncio.wait({self._sorting})
        if self._line is not None:
            self._line.transport.abort()

    def _state(self) -> State | None:
        with answering("asking how a container ended"):
            state = self._client.inspect_container(self._container)["State"]
        if state["Running"]:
            return None
        return State(
            exit_code=int(state["ExitCode"]),
            oom_killed=bool(state["OOMKilled"]),
            error=str(state.get("Error") or ""),
        )

    def _verdict(self, state: State, counters: Counters, status: int | None) -> Verdict:
        if state.error:
            return Verdict(
                ending=Ending.INFRASTRUCTURE, decided_by="engine", detail=state.error[:300]
            )
        if counters.oom_kills:
            return Verdict(
                ending=Ending.OOM,
                decided_by="cgroup",
                detail=f"oom_kill counter is {counters.oom_kills}",
            )
        if status is not None:
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                name = signal.Signals(-code).name
                return by_signal(name, counters.cpu_s or 0.0, self._cpu_limit_s, pid=self.top_pid)
            return _exited(code)
        # The engine tells signals as 128 and more, which a guest can exit with as well.
        vague = " (or by a signal: this kernel does not tell)" if state.exit_code > 128 else ""
        return _exited(state.exit_code, vague)

    def _kill_by_engine(self) -> None:
        with contextlib.suppress(SessionError), answering("ending a container"):
            self._client.kill(self._container)

    def _remove(self) -> None:
        # What cannot be removed now carries our label and is swept by the next start.
        with contextlib.suppress(SessionError), answering("removing a container"):
            self._client.remove_container(self._container, force=True, v=True)
        if self._group is not None:
            self._group.remove()


def _exited(code: int, vague: str = "") -> Verdict:
    return Verdict(
        ending=Ending.EXIT, decided_by="guest", detail=f"exited with status {code}{vague}"
    )


def _opened(pid: int | None, container: str) -> int | None:
    """A handle on the container's first process, if it is one of this host that we can see."""
    if pid is None:
        return None
    try:
        pidfd = os.pidfd_open(pid)
        with open(f"/proc/{pid}/cgroup") as stream:
            if container in stream.read():
                return pidfd
    except OSError:
        return None
    os.close(pidfd)
    return None


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    read, write = os.pipe()
    return os.fdopen(read, "rb", buffering=0), os.fdopen(write, "wb", buffering=0)


async def _sort(
    attached: asyncio.StreamReader, frames: asyncio.StreamWriter, output: asyncio.StreamWriter
) -> None:
    """Take the engine's stream apart: what the guest wrote to stdout, and to stderr."""
    try:
        while True:
            kind, size = _HEADER.unpack(await attached.readexactly(_HEADER.size))
            target = frames if kind == _STDOUT else output
            while size:
                chunk = await attached.read(min(size, 1 << 16))
                if not chunk:
                    return
                size -= len(chunk)
                target.write(chunk)
                await target.drain()
    except asyncio.CancelledError:
        # Nobody reads any more: what is held back would keep the pipes open.
        for writer in (frames, output):
            writer.transport.abort()
        raise
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        frames.close()
        output.close()
