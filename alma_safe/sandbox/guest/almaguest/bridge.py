"""The guest's end of the wire, and the brokered calls that designs make through it.

A reader thread takes frames off the wire, so that a call can be waited for from a
coroutine, from any thread, and synchronously from the event loop's own thread
(vector stores embed synchronously).
"""

import asyncio
import concurrent.futures
import contextlib
import functools
import itertools
import json
import os
import select
import struct
import threading
from collections.abc import Callable
from typing import Any

_IDLE_S = 0.2
_CHUNK = 1 << 16


class BrokerError(RuntimeError):
    """The model behind a brokered call is unavailable or its budget is spent."""


class Bridge:
    """Frames in and out: 4 bytes of length, big-endian, then JSON."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._write_lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._read_ahead = b""

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; the caller has made sure that it is JSON."""
        self.send_text(json.dumps(message, separators=(",", ":")))

    def send_text(self, message: str) -> None:
        """Send one message that is JSON text already."""
        body = message.encode("ascii")
        view = memoryview(struct.pack(">I", len(body)) + body)
        with self._write_lock:
            while view:
                view = view[os.write(self._outgoing, view) :]

    def serve(self, on_request: Callable[[dict[str, Any]], None], idle: Callable[[], None]) -> None:
        """Read frames until the host hangs up; runs in its own thread.

        ``idle`` is called now and then while nothing comes.
        """
        while True:
            header = self._read(4, idle)
            body = self._read(struct.unpack(">I", header)[0], idle)
            message = json.loads(body)
            if "reply" in message:
                self._resolve(message)
            else:
                on_request(message)

    def _read(self, count: int, idle: Callable[[], None]) -> bytes:
        """Exactly so many bytes; the end of the wire is the end of the guest."""
        parts = [self._read_ahead]
        have = len(self._read_ahead)
        while have < count:
            while not select.select([self._incoming], [], [], _IDLE_S)[0]:
                idle()
            part = os.read(self._incoming, max(count - have, _CHUNK))
            if not part:
                os._exit(0)
            parts.append(part)
            have += len(part)
        data = b"".join(parts)
        self._read_ahead = data[count:]
        return data[:count]

    def _resolve(self, message: dict[str, Any]) -> None:
        settle = self._waiting.pop(message["reply"], None)
        if settle is not None:
            settle(message)

    def _submit(
        self, kind: str, payload: dict[str, Any], settle: Callable[[dict[str, Any]], None]
    ) -> None:
        """Start a brokered call; the reader thread hands its reply to ``settle``."""
        number = next(self._numbers)
        self._waiting[number] = settle
        try:
            self.send({"call": number, "kind": kind, "payload": payload})
        except BaseException:
            self._waiting.pop(number, None)
            raise

    async def call(self, kind: str, payload: dict[str, Any]) -> Any:
        """Make a brokered call from a coroutine."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def settle(message: dict[str, Any]) -> None:
            # A loop that was closed meanwhile waits for nothing; the reader has to live on.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settled, answer, message)

        self._submit(kind, payload, settle)
        return await answer

    def call_sync(self, kind: str, payload: dict[str, Any]) -> Any:
        """Make a brokered call and block this thread until it is answered."""
        answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._submit(kind, payload, functools.partial(_settled, answer))
        return answer.result()


def _settled(
    answer: asyncio.Future[Any] | concurrent.futures.Future[Any], message: dict[str, Any]
) -> None:
    """Give a reply to who waits for it, unless that was cancelled meanwhile."""
    if answer.cancelled():
        return
    if "error" in message:
        answer.set_exception(BrokerError(message["error"]))
    else:
        answer.set_result(message.get("value"))


_current: Bridge | None = None


def install(bridge: Bridge) -> None:
    """Make ``bridge`` the one that Agent and Embedding use."""
    global _current
    _current = bridge


def current() -> Bridge:
    """Return the bridge of this guest."""
    if _current is None:
        raise BrokerError("no model is reachable from here")
    return _current
