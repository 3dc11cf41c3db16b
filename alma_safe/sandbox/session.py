"""A session: frames to a guest and back, everything counted and capped by the host.

It knows nothing of how the guest is walled in: see :class:`alma_safe.sandbox.handle.Guest`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NoReturn

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError, SessionError
from alma_safe.policy import Policy
from alma_safe.sandbox.base import (
    BrokerHandler,
    CallRefused,
    Closing,
    Ending,
    GuestOptions,
    Session,
    SessionEnded,
    Usage,
)
from alma_safe.sandbox.frames import Frames, Printed
from alma_safe.sandbox.handle import End, Guest
from alma_safe.sandbox.patience import Patience, memory_of
from alma_safe.sandbox.pending import Pending
from alma_safe.sandbox.protocol import HEADER, ProtocolViolation, decode, encode, weight
from alma_safe.text import visible

_KEPT_OUTPUT = 64 * 1024
_START_S = 30.0
_LAST_WORDS_S = 2.0
_WATCHDOG_S = 0.05
_UNPACKED = 8
"""How many times the bytes of the largest frame one answer may take once it is parsed."""
_CALL_BYTES = 8 * 1024
"""What a brokered call costs the host at least while it is not answered."""


class GuestSession:
    """One guest with one design. See :class:`alma_safe.sandbox.base.Session`."""

    def __init__(self, guest: Guest, policy: Policy) -> None:
        self.chroma = guest.chroma
        self.degraded = guest.degraded
        self.served_s = 0.0
        self._guest = guest
        self._limits = policy.sandbox
        self._most = _UNPACKED * policy.sandbox.frame_bytes
        self._broker: BrokerHandler = _nobody
        self._broker_slots = asyncio.Semaphore(policy.broker.concurrency)
        self._stalled: tuple[dict[str, Any], int] | None = None
        self._numbers = itertools.count(1)
        self._pending: dict[int, Pending] = {}
        self._given_up: set[int] = set()
        self._load: dict[str, Any] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._decided: tuple[Ending, str, str] | None = None
        self._closing: Closing | None = None
        self._finished = asyncio.Event()
        self._started = time.monotonic()
        self._taken = False
        self._traffic = self._calls = self._broker_calls = 0
        self._peak_rss = self._unanswered = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @classmethod
    async def ready(cls, guest: Guest, policy: Policy) -> GuestSession:
        """Wait until a guest without a design answers. Raises SessionError when it never does."""
        session = cls(guest, policy)
        await session._connect()
        try:
            async with asyncio.timeout(_START_S):
                await session._ready
        except (TimeoutError, SessionEnded):
            closing = await session.close()
            raise SessionError(
                f"the guest did not start: {closing.ending.value}: {visible(closing.detail)}",
                hint="run: alma-safe doctor",
            ) from None
        except BaseException:
            await session.close()
            raise
        return session

    def take(self, design: Design, broker: BrokerHandler, options: GuestOptions) -> GuestSession:
        """Give the guest to a design, once: from now on its wall clock runs."""
        if self._taken:
            raise SessionError("a guest belongs to one design")
        self._taken = True
        self._started = time.monotonic()
        self._after(self._limits.wall_s, self._outlived)
        self._broker = broker
        self._load = {
            "source": base64.b64encode(design.data).decode("ascii"),
            "options": {
                "frozen_clock": options.frozen_clock,
                "random_seed": options.random_seed,
            },
        }
        if options.material.recorders and not self._guest.has_material:
            self._load["material"] = options.material.recorders
        return self

    @property
    def alive(self) -> bool:
        """Whether nothing has ended the guest yet."""
        return self._decided is None and self._closing is None and self._guest.running

    async def call(
        self, method: str, payload: Mapping[str, Any] | None = None, *, deadline_s: float
    ) -> Any:
        """See :meth:`alma_safe.sandbox.base.Session.call`."""
        if self._closing is not None:
            raise SessionEnded(self._closing)
        number = next(self._numbers)
        pending = self._pending[number] = Pending(
            asyncio.get_running_loop().create_future(),
            Patience(self._guest.top_pid, deadline_s),
            calls=len(payload["calls"]) if payload and method == "replay" else 0,
            room=self._most,
        )
        body = self._load if method == "load" else payload or {}
        self._calls += len(body["calls"]) if method in ("replay", "together") else 1
        message = {"id": number, "method": method, "payload": body, "deadline": deadline_s}
        self._write(message)
        try:
            return await self._answered(pending, f"{method} took more than {deadline_s:g} s")
        except SessionEnded as ended:
            raise SessionEnded(ended.closing, pending.outcomes) from None
        finally:
            self._pending.pop(number, None)
            if not pending.heard:
                self._given_up.add(number)
            self.served_s += pending.patience.used()

    async def _answered(self, pending: Pending, late: str) -> Any:
        loop = asyncio.get_running_loop()

        def look() -> None:
            left = pending.patience.left()
            if left > 0:
                pending.timer = loop.call_later(left, look)
            elif not pending.answer.done():
                # Nothing that still comes counts: its caller hears how the guest ended.
                self._end(Ending.TIMEOUT_WALL, "host", late)

        look()
        try:
            value = await pending.answer
        finally:
            if pending.timer is not None:
                pending.timer.cancel()
        return [*pending.outcomes, *value] if pending.outcomes else value

    def memory_bytes(self) -> int:
        """See :meth:`alma_safe.sandbox.base.Session.memory_bytes`."""
        return memory_of(self._guest.top_pid)

    def guest_pid(self) -> int | None:
        """The guest's process as the host sees it, while it lives."""
        return self._guest.guest_pid()

    async def close(self) -> Closing:
        """End the guest, if it still lives, and say how it ended."""
        if self._closing is None:
            self._end(Ending.COMPLETED, "host", "")
        return await self._closed()

    async def _closed(self) -> Closing:
        await self._finished.wait()
        assert self._closing is not None
        return self._closing

    async def _connect(self) -> None:
        self._frames = Frames(self._admit, self._take, self._refuse)
        streams = self._streams = await self._guest.connect(self._frames)
        self._writer = streams.writer
        self._printed = Printed(streams.output, keep=_KEPT_OUTPUT, counted=self._count_output)
        self._spawn(self._finish())
        if not self._guest.bounded_memory:
            self._weigh()

    def _after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do ``work`` in so many seconds, unless the guest is gone by then."""
        loop = asyncio.get_running_loop()
        self._timers[work.__name__] = loop.call_later(seconds, work)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        # Begun at once: an answer that waits for nothing needs no turn of the loop.
        task = asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _write(self, message: Mapping[str, Any]) -> None:
        frame = encode(message)
        if self._writer.is_closing():
            return  # writing on would only fill the log of asyncio
        self._traffic += len(frame)
        self._writer.write(frame)

    async def _reply_with(self, reply: Mapping[str, Any]) -> None:
        """Send an answer, and wait while the guest does not take what was sent before."""
        self._write(reply)
        with contextlib.suppress(ConnectionError):
            # A guest that died is reported by its ending, not by a broken pipe.
            await self._writer.drain()

    def _end(self, ending: Ending, decided_by: str, detail: str) -> None:
        """Kill the guest; the first reason given is the one that counts."""
        if self._decided is None and self._closing is None:
            self._decided = (ending, decided_by, detail)
        self._guest.kill()

    # -- reading ---------------------------------------------------------------

    def _admit(self, size: int) -> None:
        self._traffic += size + HEADER.size
        if size > self._limits.frame_bytes:
            raise ProtocolViolation(f"a frame of {size} bytes")
        if self._traffic > self._limits.traffic_bytes:
            raise ProtocolViolation(f"more than {self._limits.traffic_bytes} bytes sent")

    def _refuse(self, violation: ProtocolViolation) -> None:
        self._end(Ending.PROTOCOL, "host", visible(str(violation)))

    def _take(self, body: bytes) -> None:
        if self._decided is not None:
            return  # it is being ended: nothing that it still says counts
        if (taken := weight(body)) > self._most:
            raise ProtocolViolation("a frame of too many parts")
        message = decode(body)
        if message.get("ready") is True:
            if not self._ready.done():
                self._ready.set_result(None)
        elif isinstance(message.get("call"), int):
            self._broker_calls += 1
            self._begin_brokered(message, max(taken, _CALL_BYTES))
        elif isinstance(message.get("id"), int):
            self._take_answer(message, taken)
        else:
            raise ProtocolViolation("a frame that is neither an answer nor a brokered call")

    def _take_answer(self, message: dict[str, Any], taken: int) -> None:
        """One answer for each call, given up or not; nobody waits for more, which cost the host."""
        number = message["id"]
        pending = self._pending.get(number)
        if pending is not None and not pending.heard:
            pending.take(message, taken)
        elif number not in self._given_up:
            raise ProtocolViolation("an answer that no call asked for")
        elif "part" not in message:
            self._given_up.discard(number)

    def _begin_brokered(self, message: dict[str, Any], taken: int) -> None:
        """Answer a call, or read no more until the unanswered ones leave room for it.

        A guest that asks without end, or reads no answers, is not read any more: the
        host's memory is not its to fill.
        """
        if self._unanswered and self._unanswered + taken > self._limits.frame_bytes:
            self._stalled = message, taken
            self._frames.hold()
            return
        self._unanswered += taken
        self._spawn(self._answer_brokered(message, taken))

    def _make_room(self) -> None:
        """Go on with the call that there was no room for, and with what came after it."""
        if self._stalled is not None and self._decided is None:
            stalled, self._stalled = self._stalled, None
            self._begin_brokered(*stalled)
            if self._stalled is None:
                self._frames.go_on()

    async def _answer_brokered(self, message: dict[str, Any], taken: int) -> None:
        try:
            await self._reply(message)
        finally:
            self._unanswered -= taken
            if self._stalled is not None:
                asyncio.get_running_loop().call_soon(self._make_room)

    async def _reply(self, message: dict[str, Any]) -> None:
        kind, payload = message.get("kind"), message.get("payload")
        reply: dict[str, Any] = {"reply": message["call"]}
        if not isinstance(kind, str) or not isinstance(payload, dict):
            reply["error"] = "malformed call"
        else:
            try:
                async with self._broker_slots:
                    reply["value"] = await self._broker(kind, payload)
            except CallRefused as refused:
                reply["error"] = visible(str(refused), 300)
            except Exception:
                # An outage to the design, without the words of what failed: they may hold a
                # path, an address or a part of a key. The broker remembers the kind.
                reply["error"] = "the model is unavailable"
        if self._closing is None:
            await self._reply_with(reply)

    def _count_output(self, printed: int) -> None:
        if printed > self._limits.output_bytes:
            self._end(Ending.OUTPUT, "host", f"printed more than {self._limits.output_bytes} B")

    # -- ending ----------------------------------------------------------------

    def _outlived(self) -> None:
        """The wall clock for the whole session."""
        if self._guest.running:
            self._end(Ending.TIMEOUT_WALL, "host", f"lived over {self._limits.wall_s} s")

    def _weigh(self) -> None:
        """Watch the memory now and then, where no control group bounds it."""
        if not self._guest.running:
            return
        limit = self._limits.memory_mb << 20
        self._peak_rss = max(self._peak_rss, self.memory_bytes())
        if self._peak_rss > limit:
            self._end(Ending.OOM, "watchdog", f"used more than {limit} bytes")
        self._after(_WATCHDOG_S, self._weigh)

    async def _finish(self) -> None:
        """Wait for the guest's end and fail what still waits for an answer."""
        end = await self._guest.wait()
        for timer in self._timers.values():
            timer.cancel()
        await asyncio.wait([self._frames.ended, self._printed.ended], timeout=_LAST_WORDS_S)
        self._printed.close()
        # What was not sent yet has nobody to read it.
        if not self._writer.is_closing():
            self._writer.transport.abort()
        self._streams.close()
        self._closing = self._closing_of(end)
        self._finished.set()
        for answer in [*(pending.answer for pending in self._pending.values()), self._ready]:
            if not answer.done():
                answer.set_exception(SessionEnded(self._closing))
        if self._ready.done():
            self._ready.exception()  # read, so that it is not reported as unheard

    def _unheard(self, end: End) -> bool:
        late = (Ending.TIMEOUT_WALL, Ending.TIMEOUT_CPU)
        return end.line_lost and self._decided is not None and self._decided[0] in late

    def _closing_of(self, end: End) -> Closing:
        ending, decided_by, detail = end.ending, end.decided_by, end.detail
        # Our own decision stands, unless the kernel had ended it before we could, or a call
        # that was late was maybe never heard.
        if self._decided is not None and ending is not Ending.OOM and not self._unheard(end):
            ending, decided_by, detail = self._decided
        usage = Usage(
            wall_s=time.monotonic() - self._started,
            cpu_s=end.cpu_s,
            peak_memory_bytes=max(end.peak_memory_bytes, self._peak_rss),
            peak_processes=end.counters.peak_processes or 0,
            output_bytes=self._printed.bytes,
            traffic_bytes=self._traffic,
            calls=self._calls,
            broker_calls=self._broker_calls,
        )
        return Closing(
            ending=ending,
            decided_by=decided_by,
            detail=detail,
            usage=usage,
            counters={
                "oom_kills": end.counters.oom_kills,
                "refused_forks": end.counters.refused_forks,
                "wait_status": end.status,
            },
            output=self._printed.kept.decode("utf-8", "replace"),
        )


async def _nobody(kind: str, payload: Mapping[str, Any]) -> NoReturn:
    raise CallRefused("no design has been loaded")


async def opened[T: Session](opening: Coroutine[Any, Any, T]) -> T:
    """Wait for a session to be opened; close it again if the caller is cancelled meanwhile.

    Opening is not interrupted: processes are started in threads, and what comes up has
    to go down again.
    """
    task = asyncio.create_task(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(AlmaSafeError):
            await (await task).close()
        raise
