"""What a backend hands to a session: a started guest, its streams, and how it came to its end.

A session knows nothing of walls. A backend knows nothing of frames and calls.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.cgroups import Counters, Group
from alma_safe.sandbox.frames import Frames
from alma_safe.sandbox.process import Child, Exit

_KEPT_LOG = 256 * 1024
_ESCALATE_S = 0.5
_DRAIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The guest's end of the wire: what it prints, and a writer of frames into it.

    ``close`` gives up what is behind them, once nobody reads any more.
    """

    output: IO[bytes]
    writer: asyncio.StreamWriter
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Why a guest is gone and what it used. Seconds and bytes, of the guest's whole tree.

    ``status`` is the raw wait status of the process that was waited for, -1 if none was.
    ``line_lost`` says that what carries the calls has failed: maybe some were never heard.
    """

    ending: Ending
    decided_by: str
    detail: str = ""
    counters: Counters = field(default_factory=Counters)
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    status: int = -1
    line_lost: bool = False


class Guest(Protocol):
    """One started guest."""

    @property
    def chroma(self) -> str:
        """Which vector store the design sees: ``real``, ``stand-in`` or ``none``."""

    @property
    def degraded(self) -> tuple[str, ...]:
        """Guards that this host could not give the guest."""

    @property
    def bounded_memory(self) -> bool:
        """Whether the kernel bounds the memory of the whole guest, so that nobody has to watch."""

    @property
    def has_material(self) -> bool:
        """Whether the material of its options is there already."""

    @property
    def running(self) -> bool:
        """Whether its end has not been seen yet."""

    @property
    def top_pid(self) -> int | None:
        """The process above the guest, as the host sees it; None where it cannot be seen."""

    def guest_pid(self) -> int | None:
        """The guest's own process as the host sees it, while it lives."""

    async def connect(self, frames: Frames) -> Streams:
        """Have ``frames`` read what the guest sends; return the other streams. Called once."""

    def kill(self) -> None:
        """Begin to end the guest; whatever that takes. May be called again."""

    async def wait(self) -> End:
        """Wait until it is gone, remove what it left on the host, and say how it ended."""


async def reader_of(stream: IO[bytes]) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    """Return a reader of a pipe of ours, and what has to be closed when nobody reads any more."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), stream
    )
    return reader, transport


async def writer_of(stream: IO[bytes]) -> asyncio.StreamWriter:
    """Return a writer of a pipe of ours."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, stream)
    return asyncio.StreamWriter(transport, protocol, None, loop)


type Classifier = Callable[[str, Counters, float, int], tuple[Ending, str, str]]
"""(jail log, counters, CPU seconds, wait status) -> ending, who decided, detail."""


class ChildGuest:
    """A guest behind the pipes of a child of ours, with a private log and maybe a group."""

    def __init__(
        self,
        child: Child,
        *,
        log: IO[bytes],
        group: Group | None,
        classify: Classifier,
        chroma: str,
        degraded: tuple[str, ...] = (),
    ) -> None:
        self.chroma = chroma
        self.degraded = degraded
        self.bounded_memory = group is not None
        self.has_material = False
        self._child = child
        self._log_pipe = log
        self._log = bytearray()
        self._log_transport: asyncio.BaseTransport | None = None
        self._logging: asyncio.Task[None] | None = None
        self._group = group
        self._classify = classify
        self._killed = False

    @property
    def running(self) -> bool:
        """See :class:`Guest`."""
        return self._child.running

    @property
    def top_pid(self) -> int | None:
        """See :class:`Guest`."""
        return self._child.pid

    def guest_pid(self) -> int | None:
        """See :class:`Guest`."""
        pid = self._child.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            return int(children.split()[0])
        except (OSError, ValueError, IndexError):
            return None

    async def connect(self, frames: Frames) -> Streams:
        """See :class:`Guest`."""
        log, self._log_transport = await reader_of(self._log_pipe)
        self._logging = asyncio.create_task(self._read_log(log))
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: frames, self._child.stdout)
        return Streams(
            output=self._child.stderr,
            writer=await writer_of(self._child.stdin),
            close=transport.close,
        )

    def kill(self) -> None:
        """See :class:`Guest`."""
        self._killed = True
        # The jail forwards SIGTERM as a kill and reaps, so that usage is complete.
        self._child.kill(signal.SIGTERM)

    async def wait(self) -> End:
        """See :class:`Guest`."""
        exit_ = await self._exit()
        if self._logging is not None:
            await asyncio.wait({self._logging}, timeout=_DRAIN_S)
            self._logging.cancel()
        counters = Counters()
        if self._group is not None:
            counters = self._group.counters()
            await asyncio.to_thread(self._group.remove)
        if self._log_transport is not None:
            self._log_transport.close()
        cpu_s = counters.cpu_s if counters.cpu_s is not None else exit_.cpu_s
        log = self._log.decode("utf-8", "replace")
        ending, decided_by, detail = self._classify(log, counters, cpu_s, exit_.status)
        return End(
            ending=ending,
            decided_by=decided_by,
            detail=detail,
            counters=counters,
            cpu_s=cpu_s,
            peak_memory_bytes=counters.peak_memory_bytes or exit_.peak_memory_bytes,
            status=exit_.status,
        )

    async def _exit(self) -> Exit:
        waiting = asyncio.create_task(self._child.wait())
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=_ESCALATE_S)
            if done:
                return waiting.result()
            if self._killed:
                self._child.kill(signal.SIGKILL)

    async def _read_log(self, log: asyncio.StreamReader) -> None:
        try:
            while chunk := await log.read(1 << 16):
                # The end of the log is what tells; the start only repeats the configuration.
                self._log += chunk
                del self._log[:-_KEPT_LOG]
        except ConnectionError:
            return
