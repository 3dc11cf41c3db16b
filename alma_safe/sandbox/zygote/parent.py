"""One jailed parent of guests, seen from the host: started once, asked to fork, recycled."""

from __future__ import annotations

import array
import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from alma_safe.errors import SessionError
from alma_safe.sandbox.cgroups import Group
from alma_safe.sandbox.process import Child

_START_S = 30.0
_FORK_S = 20.0
_STOP_S = 2.0
_MESSAGE = 4096
_KEPT_WORDS = 16 * 1024


class ParentUnavailable(SessionError):
    """No parent could be started on this host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """How a guest ended, as its parent reaped it: raw wait status, CPU seconds, bytes.

    ``known`` is false when the parent itself is gone: then nothing can be said.
    """

    known: bool
    status: int = -1
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0


@dataclass(slots=True)
class _Job:
    """One guest: what has been heard of it."""

    started: asyncio.Future[int]
    ended: asyncio.Future[Departure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """A guest that its parent has forked. ``jailed_pid`` is its number inside the jail."""

    jailed_pid: int
    ended: asyncio.Future[Departure]


@dataclass(slots=True)
class Parent:
    """A running parent. Made by :meth:`start`; belongs to the event loop that started it."""

    child: Child
    control: socket.socket
    group: Group | None
    forks: int = 0
    _jobs: dict[int, _Job] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _ready: asyncio.Future[None] | None = None
    _gone: bool = False
    _words: bytearray = field(default_factory=bytearray)
    _listening: list[IO[bytes]] = field(default_factory=list)

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        log: tuple[IO[bytes], int],
        control: tuple[socket.socket, socket.socket],
        setup: bytes,
        material: int,
        group: Group | None,
    ) -> Parent:
        """Start the jail and hand the setup over. ``log``, ``control``: our end, its end.

        ``material`` is a descriptor of the material's image, which stays the caller's.

        Raises ParentUnavailable when it does not come up; everything is released then.
        """
        ours, theirs = control
        log_read, log_write = log
        try:
            child = await asyncio.to_thread(
                Child.start,
                command,
                pass_fds=[log_write, theirs.fileno()],
                join=group.entries if group else (),
            )
        except BaseException:
            ours.close()
            log_read.close()
            if group:
                group.remove()
            raise
        finally:
            os.close(log_write)
            theirs.close()
        parent = cls(child, ours, group)
        child.stdin.close()
        parent._listen(log_read, child.stdout, child.stderr)
        try:
            await parent._handshake(setup, material)
        except BaseException as error:
            await parent.close()
            if isinstance(error, OSError | TimeoutError | SessionError):
                raise ParentUnavailable(
                    f"the parent of guests did not start: {parent._last_words() or error!r}",
                    hint="run: alma-safe doctor",
                ) from None
            raise
        return parent

    @property
    def alive(self) -> bool:
        """Whether it can still be asked to fork."""
        return not self._gone

    @property
    def busy(self) -> bool:
        """Whether guests of it live."""
        return bool(self._jobs)

    async def fork(self, wire: socket.socket, output: int) -> Forked:
        """Have a guest forked behind ``wire`` (its end) and the pipe ``output``.

        Raises SessionError when the parent cannot.
        """
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        job = self._jobs[number] = _Job(loop.create_future(), loop.create_future())
        self.forks += 1
        try:
            _send(self.control, {"fork": number}, wire.fileno(), output)
            async with asyncio.timeout(_FORK_S):
                pid = await job.started
        except (OSError, TimeoutError, SessionError) as error:
            if isinstance(error, TimeoutError):
                # One that is stuck would make the next guest wait as long.
                self._hang_up()
            self._jobs.pop(number, None)
            job.ended.cancel()
            raise SessionError(
                f"a guest could not be forked: {self._last_words() or str(error)}",
                hint="run: alma-safe doctor",
            ) from None
        return Forked(jailed_pid=pid, ended=job.ended)

    async def close(self) -> None:
        """End it and with it every guest that it still has; remove its group."""
        self._hang_up()
        # Its wall forwards SIGTERM as a kill to PID 1 inside, and so to all below.
        self.child.kill(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._waited()), _STOP_S)
        if self.child.running:
            self.child.kill(signal.SIGKILL)
            await self._waited()
        loop = asyncio.get_running_loop()
        for stream in self._listening:
            loop.remove_reader(stream)
            stream.close()
        self._listening.clear()
        if self.group is not None:
            group, self.group = self.group, None
            await asyncio.to_thread(group.remove)

    def _waited(self) -> asyncio.Future[Any]:
        return asyncio.ensure_future(self.child.wait())

    async def _handshake(self, setup: bytes, material: int) -> None:
        self._ready = asyncio.get_running_loop().create_future()
        descriptor = os.memfd_create("setup", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, setup)
            os.lseek(descriptor, 0, os.SEEK_SET)
            _send(self.control, {"setup": True}, descriptor, material)
        finally:
            os.close(descriptor)
        self.control.setblocking(False)
        asyncio.get_running_loop().add_reader(self.control, self._hear)
        async with asyncio.timeout(_START_S):
            await self._ready

    def _hear(self) -> None:
        """Take in what the parent says, or that it is gone."""
        while True:
            try:
                data = self.control.recv(_MESSAGE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._hang_up()
                return
            self._take(json.loads(data))

    def _take(self, message: Mapping[str, Any]) -> None:
        if message.get("ready"):
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
            return
        number = message.get("started") or message.get("failed") or message.get("ended")
        job = self._jobs.get(int(number or 0))
        if job is None:
            return
        if "started" in message and not job.started.done():
            job.started.set_result(int(message["pid"]))
        elif "failed" in message and not job.started.done():
            job.started.set_exception(SessionError("the parent could not fork it"))
        elif "ended" in message:
            del self._jobs[int(number or 0)]
            if not job.ended.done():
                job.ended.set_result(
                    Departure(
                        known=True,
                        status=int(message["status"]),
                        cpu_s=float(message["cpu_s"]),
                        peak_memory_bytes=int(message["peak_kb"]) << 10,
                    )
                )

    def _hang_up(self) -> None:
        """Nothing more will be heard: whoever waits for word of a guest learns that."""
        if self._gone:
            return
        self._gone = True
        asyncio.get_running_loop().remove_reader(self.control)
        self.control.close()
        gone = SessionError("the parent of guests is gone")
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(gone)
        jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            if not job.started.done():
                job.started.set_exception(gone)
            if not job.ended.done():
                job.ended.set_result(Departure(known=False))

    def _listen(self, *streams: IO[bytes]) -> None:
        """Keep the end of what the jail and the parent print; nobody waits for it."""
        loop = asyncio.get_running_loop()
        for stream in streams:
            os.set_blocking(stream.fileno(), False)
            self._listening.append(stream)
            loop.add_reader(stream, self._overhear, stream)

    def _overhear(self, stream: IO[bytes]) -> None:
        try:
            words = os.read(stream.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not words:
            asyncio.get_running_loop().remove_reader(stream)
        self._words += words
        del self._words[:-_KEPT_WORDS]

    def _last_words(self) -> str:
        lines = self._words.decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if line.startswith(("[E]", "[F]"))]
        return (errors[:1] or lines[-1:] or [""])[0][:300]


def host_pid(jailed_pid: int, wire: socket.socket) -> int | None:
    """Return the host's number of the guest that wrote the first bytes into ``wire``.

    They stay to be read. The kernel tells the number; that it is the guest that the
    parent reported is checked against the numbers it has in the namespaces below.
    """
    _, ancillary, _, _ = wire.recvmsg(1, socket.CMSG_SPACE(12), socket.MSG_PEEK)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid = array.array("i", data)[0]
            return pid if _numbers_of(pid)[-2:] == [jailed_pid, 1] else None
    return None


def _numbers_of(pid: int) -> list[int]:
    """The numbers of a process in all pid namespaces that it is in, outermost first."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return [int(number) for number in line.split()[1:]]
    return []


def _send(control: socket.socket, message: Mapping[str, Any], *descriptors: int) -> None:
    packed = array.array("i", descriptors)
    control.sendmsg(
        [json.dumps(message).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
    )
