"""The guest's end of the wire, and the brokered calls that designs make through it.

The event loop's thread takes frames off the wire itself: while it is idle, or while it
waits in a synchronous call (vector stores embed synchronously). Once another thread makes
a call, the loop's own thread may be waiting for that one, so from then on a thread of ours
reads, which until then only looks after the wire.
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
_TURN_S = 0.05
"""How long a synchronous call waits at a time before it looks whether another thread reads."""
_CHUNK = 1 << 16
_HEADER = 4
_encode = json.JSONEncoder(separators=(",", ":")).encode


class BrokerError(RuntimeError):
    """The model behind a brokered call is unavailable or its budget is spent."""


class Bridge:
    """Frames in and out: 4 bytes of length, big-endian, then JSON.

    Made in the thread of the event loop that answers the host; ``on_request`` gets what is
    no reply, in that thread or, with ``shared``, in ours.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._unread = bytearray()
        self._on_request: Callable[[dict[str, Any]], None] = lambda message: None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._wake = os.eventfd(0)
        self.shared = False

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; the caller has made sure that it is JSON."""
        self.send_text(_encode(message))

    def send_text(self, message: str) -> None:
        """Send one message that is JSON text already."""
        body = message.encode("ascii")
        view = memoryview(struct.pack(">I", len(body)) + body)
        with self._write_lock:
            while view:
                view = view[os.write(self._outgoing, view) :]

    def attend(self, on_request: Callable[[dict[str, Any]], None]) -> None:
        """Read frames whenever the running loop, that of this thread, finds some."""
        self._on_request = on_request
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._incoming, self._pump)

    def leave(self) -> None:
        """Read no more frames: for a wire that nobody looks after."""
        if self._loop is not None:
            self._loop.remove_reader(self._incoming)
        os.close(self._wake)

    def look_after(self, idle: Callable[[], None]) -> None:
        """End the guest when the host hangs up, and read once others wait; in its own thread.

        ``idle`` is called now and then.
        """
        poll = select.poll()
        # A hang-up is always told; that there is something to read is for the loop.
        poll.register(self._incoming, select.POLLRDHUP)
        poll.register(self._wake, select.POLLIN)
        while not self.shared:
            events = dict(poll.poll(_IDLE_S * 1000))
            if self._incoming in events:
                os._exit(0)
            idle()
        while True:
            if select.select([self._incoming], [], [], _IDLE_S)[0]:
                self._pump()
            else:
                idle()

    def _pump(self) -> None:
        """Take in what there is to read; the end of the wire is the end of the guest."""
        with self._read_lock:
            # Another thread may have read meanwhile, or a synchronous call that came first in
            # this turn of the loop; reading nothing would wait.
            if not select.select([self._incoming], [], [], 0)[0]:
                return
            part = os.read(self._incoming, _CHUNK)
            if not part:
                os._exit(0)
            self._unread += part
            while len(self._unread) >= _HEADER:
                end = _HEADER + int.from_bytes(self._unread[:_HEADER], "big")
                if len(self._unread) < end:
                    break
                message = json.loads(self._unread[_HEADER:end])
                del self._unread[:end]
                self._deliver(message)

    def _deliver(self, message: dict[str, Any]) -> None:
        if "reply" not in message:
            self._on_request(message)
            return
        settle = self._waiting.pop(message["reply"], None)
        if settle is not None:
            settle(message)

    def _share(self) -> None:
        """Have our own thread read from now on: called by any thread but the loop's."""
        if not self.shared:
            self.shared = True
            os.eventfd_write(self._wake, 1)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.remove_reader, self._incoming)

    def _submit(
        self, kind: str, payload: dict[str, Any], settle: Callable[[dict[str, Any]], None]
    ) -> None:
        """Start a brokered call; whoever reads its reply hands it to ``settle``."""
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
        if loop is not self._loop:
            self._share()

        def settle(message: dict[str, Any]) -> None:
            if loop is self._loop and threading.get_ident() == self._thread:
                _settled(answer, message)
                return
            # A loop that was closed meanwhile waits for nothing; the reader has to live on.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settled, answer, message)

        self._submit(kind, payload, settle)
        return await answer

    def call_sync(self, kind: str, payload: dict[str, Any]) -> Any:
        """Make a brokered call and block this thread until it is answered."""
        own = threading.get_ident() == self._thread
        if not own:
            self._share()
        answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._submit(kind, payload, functools.partial(_settled, answer))
        while own and not self.shared and not answer.done():
            if select.select([self._incoming], [], [], _TURN_S)[0]:
                self._pump()
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


def install(bridge: Bridge | None) -> None:
    """Make ``bridge`` the one that Agent and Embedding use; with None there is no model."""
    global _current
    _current = bridge


def current() -> Bridge:
    """Return the bridge of this guest."""
    if _current is None:
        raise BrokerError("no model is reachable from here")
    return _current
