"""Frames off a guest's wire, and what a guest prints: taken in as they come, without a task.

A call has to wait for a guest often enough; what arrives is handed on in the same turn of
the event loop, and only its caller is woken.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.streams import FlowControlMixin
from collections.abc import Callable
from typing import IO, Any

from alma_safe.sandbox.protocol import HEADER, ProtocolViolation

_CHUNK = 1 << 16


class Frames(FlowControlMixin, asyncio.Protocol):
    """Cuts what a transport receives into frames.

    ``admit`` sees the size of each before its body is waited for and may raise
    ProtocolViolation, as may ``take``, which gets the body; ``refuse`` is told. Nothing is
    taken after that: the rest is read and dropped, so that the guest dies of a kill and not
    of a full pipe. ``ended`` is set when nothing more will come.
    """

    def __init__(
        self,
        admit: Callable[[int], None],
        take: Callable[[bytes], None],
        refuse: Callable[[ProtocolViolation], None],
    ) -> None:
        super().__init__()
        self.ended = asyncio.get_running_loop().create_future()
        self._admit = admit
        self._take = take
        self._refuse = refuse
        self._transport: Any = None
        self._unread = bytearray()
        self._expected: int | None = None
        self._held = False
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        if not self._refused:
            self._unread += data
            self._cut()

    def eof_received(self) -> bool:
        """See :class:`asyncio.Protocol`; what is to be sent yet may be sent."""
        self._end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        super().connection_lost(exc)
        self._end()

    def hold(self) -> None:
        """Take and read nothing more for now."""
        self._held = True
        self._transport.pause_reading()

    def go_on(self) -> None:
        """Take what had come before ``hold``, and read again."""
        if self._held:
            self._held = False
            self._transport.resume_reading()
            self._cut()

    def _cut(self) -> None:
        try:
            while not self._held:
                if self._expected is None:
                    if len(self._unread) < HEADER.size:
                        return
                    (size,) = HEADER.unpack_from(self._unread)
                    self._admit(size)
                    self._expected = HEADER.size + size
                if len(self._unread) < self._expected:
                    return
                body = bytes(self._unread[HEADER.size : self._expected])
                del self._unread[: self._expected]
                self._expected = None
                self._take(body)
        except ProtocolViolation as violation:
            self._refused = True
            self._unread.clear()
            self._refuse(violation)

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Printed:
    """What a guest prints: counted, the beginning kept. ``ended`` as with frames."""

    def __init__(self, stream: IO[bytes], *, keep: int, counted: Callable[[int], None]) -> None:
        self.kept = bytearray()
        self.bytes = 0
        loop = asyncio.get_running_loop()
        self.ended = loop.create_future()
        self._stream = stream
        self._keep = keep
        self._counted = counted
        os.set_blocking(stream.fileno(), False)
        loop.add_reader(stream.fileno(), self._read)

    def close(self) -> None:
        """Read no more."""
        if not self._stream.closed:
            asyncio.get_running_loop().remove_reader(self._stream.fileno())
            self._stream.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def _read(self) -> None:
        chunk = b""
        with contextlib.suppress(OSError):
            try:
                chunk = os.read(self._stream.fileno(), _CHUNK)
            except BlockingIOError:
                return
        if not chunk:
            self.close()
            return
        self.bytes += len(chunk)
        self.kept += chunk[: max(0, self._keep - len(self.kept))]
        self._counted(self.bytes)
