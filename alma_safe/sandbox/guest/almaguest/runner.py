"""The guest's main program: takes calls off the wire and answers them.

It shares its process with the design, so every answer is the design's own
statement; the host believes nothing but the values under test.
"""

import asyncio
import base64
import contextlib
import faulthandler
import io
import math
import os
import resource
import signal
import sys
import threading
import time
from typing import Any

from almaguest import bridge as bridges
from almaguest.design import (
    FILE_NAME,
    LoadedDesign,
    Refused,
    as_json,
    json_text,
)
from almaguest.material import Material

_TEXT_LIMIT = 2000
_FRAME_LIMIT = 12
_HANG_SHARE = 0.7
"""Of its deadline, after which a call that has not returned says where it is."""
_SILENT_SHARE = 0.92
"""After which it is said for code that never lets another thread run."""
_PART_S = 0.05
"""How long outcomes of a long story are kept back before the host hears of them."""


class _Told:
    """Outcomes of a story that the host has not heard of yet. Used by two threads."""

    def __init__(self, bridge: bridges.Bridge, number: int) -> None:
        self._bridge = bridge
        self._number = number
        self._outcomes: list[str] = []
        self._lock = threading.Lock()
        self.last = time.monotonic()

    def add(self, outcome: str) -> None:
        """Keep one outcome."""
        with self._lock:
            self._outcomes.append(outcome)

    def flush(self) -> None:
        """Send what is kept, if anything is."""
        with self._lock:
            if self._outcomes:
                text = ",".join(self._outcomes)
                self._bridge.send_text(f'{{"id":{self._number},"part":[{text}]}}')
                self._outcomes.clear()
            self.last = time.monotonic()

    def rest(self) -> str:
        """What goes out with the answer itself."""
        with self._lock:
            text = ",".join(self._outcomes)
            self._outcomes.clear()
            return text


class Runner:
    """Dispatches the host's calls to the loaded design."""

    def __init__(self, bridge: bridges.Bridge, material: Material) -> None:
        self._bridge = bridge
        self._material = material
        self._design: LoadedDesign | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._hangs_at = math.inf
        self._told: _Told | None = None

    def accept(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        """Start one call; called by whoever reads the wire."""
        if self._bridge.shared:
            loop.call_soon_threadsafe(self._start, loop, message)
        else:
            self._start(loop, message)

    def _start(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        self._watch(message["deadline"])
        task = loop.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._design is not None:
            self._design.expect(task)

    def _watch(self, deadline: float) -> None:
        """Have a call that will not return say where it hangs, before the host ends it.

        The bridge's thread says it (see ``idle``). Code that keeps the interpreter's lock
        to itself stops that thread too: for such code there is the alarm, whose handler in
        C takes no lock.
        """
        self._hangs_at = time.monotonic() + _HANG_SHARE * deadline
        signal.setitimer(signal.ITIMER_REAL, _SILENT_SHARE * deadline)

    async def _answer(self, message: dict[str, Any]) -> None:
        number = message["id"]
        if message["method"] == "replay":
            outcome = await self._replay(message)
        else:
            outcome = await self._outcome(message["method"], message["payload"])
        try:
            self._bridge.send_text(f'{{"id":{number},{outcome[1:]}')
        except (ValueError, RecursionError, MemoryError) as error:
            self._bridge.send({"id": number, "raised": _described(error)})

    async def _outcome(self, method: str, payload: dict[str, Any]) -> str:
        """What a call comes to, as JSON text: a value, a refusal, or what the design raised."""
        try:
            return f'{{"value":{await self._carry_out(method, payload)}}}'
        except Refused as refused:
            said = {"kind": refused.kind, "text": str(refused)[:_TEXT_LIMIT]}
            return json_text({"refused": said})
        except BaseException as error:  # whatever a design raises is its answer
            return json_text({"raised": _described(error)})

    async def _replay(self, message: dict[str, Any]) -> str:
        """Carry out calls one after the other, up to the first that gives no value.

        Outcomes go out in parts, so that the host's deadline is one for each call.
        """
        told = self._told = _Told(self._bridge, message["id"])
        for method, payload in message["payload"]["calls"]:
            outcome = await self._outcome(method, payload)
            told.add(outcome)
            if not outcome.startswith('{"value"'):
                break
            if time.monotonic() - told.last > _PART_S:
                told.flush()
                self._watch(message["deadline"])
        return f'{{"value":[{told.rest()}]}}'

    def idle(self) -> None:
        """Let the host know how far a story came in which a call does not return, and where.

        Called from the bridge's thread, which has the interpreter's lock then: no frame of
        the design changes meanwhile.
        """
        if self._told is not None:
            self._told.flush()
        if time.monotonic() >= self._hangs_at:
            self._hangs_at = math.inf
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self._tasks:
                os.write(2, b"Timeout (0:00:00)!\n")
                faulthandler.dump_traceback(file=2)

    async def _together(self, calls: list[Any]) -> str:
        """Carry out calls at the same time; their outcomes in the order of the calls."""
        outcomes = await asyncio.gather(*(self._outcome(*call) for call in calls))
        return f"[{','.join(outcomes)}]"

    async def _carry_out(self, method: str, payload: dict[str, Any]) -> str:
        if method == "load":
            if "material" in payload:
                self._material = Material.of(payload["material"])
            self._design = LoadedDesign(payload["options"], self._material)
            for task in asyncio.all_tasks():
                self._design.expect(task)
            return json_text(self._design.load(base64.b64decode(payload["source"])))
        design = self._design
        if design is None:
            raise Refused("no_design", "no design is loaded")
        if method == "retrieve":
            return await design.retrieve(payload)
        if method == "update":
            return await design.update(payload)
        if method == "together":
            return await self._together(payload["calls"])
        return json_text(_housekeeping(design, method, payload))


def _housekeeping(design: LoadedDesign, method: str, payload: dict[str, Any]) -> Any:
    """The calls that are about the guest and not about the contract."""
    if method == "reset":
        return design.reset()
    if method == "construct":
        return design.construct()
    if method == "fresh":
        design.reset()
        return design.construct()
    if method == "recall":
        return design.recall(payload["key"])
    if method == "forget":
        return design.forget(payload["instance"])
    raise Refused("bad_result", f"unknown method {method}")


def _described(error: BaseException) -> Any:
    """Type, text and the design's own frames of an exception, all bounded."""
    try:
        text = str(error)[:_TEXT_LIMIT]
    except BaseException:
        text = "<the exception cannot be shown>"
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILE_NAME:
            frames.append([trace.tb_lineno, code.co_name[:100]])
            del frames[:-_FRAME_LIMIT]
        trace = trace.tb_next
    brokered = isinstance(error, bridges.BrokerError) or isinstance(
        error.__cause__, bridges.BrokerError
    )
    described = {
        "type": _type_name(type(error)),
        "text": text,
        "frames": frames,
        "brokered": brokered,
    }
    if isinstance(error, BaseExceptionGroup):
        inner = _described(error.exceptions[0])
        described["text"] = f"{text}: {inner['type']}: {inner['text']}"[:_TEXT_LIMIT]
        described["frames"] = (frames + inner["frames"])[-_FRAME_LIMIT:]
        described["brokered"] = all(
            isinstance(one, bridges.BrokerError) for one in error.exceptions
        )
    if isinstance(error, SyntaxError) and error.filename == FILE_NAME:
        described["frames"] = [[error.lineno or 0, "<module>"]]
    return as_json(described)


def _type_name(kind: type) -> str:
    """The exception's name, with its module where that tells where it comes from."""
    module = str(kind.__module__)
    prefix = "" if module in ("builtins", "design") else f"{module}."
    return f"{prefix}{kind.__qualname__}"[:200]


def take_wire() -> tuple[int, int]:
    """Move the wire away from the standard streams: what a design prints is output, not frames.

    Returns the descriptors to read frames from and to write them to.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = io.FileIO(descriptor, "w", closefd=False)
        text = io.TextIOWrapper(
            io.BufferedWriter(stream), "utf-8", "backslashreplace", line_buffering=True
        )
        setattr(sys, name, text)
    return incoming, outgoing


def run(incoming: int, outgoing: int, material: Material) -> None:
    """Say that the guest is up, then answer calls until the host hangs up."""
    asyncio.run(_serve(incoming, outgoing, material))


async def _serve(incoming: int, outgoing: int, material: Material) -> None:
    loop = asyncio.get_running_loop()
    bridge = bridges.Bridge(incoming, outgoing)
    bridges.install(bridge)
    runner = Runner(bridge, material)
    faulthandler.register(signal.SIGALRM, file=2)
    bridge.send({"ready": True})
    bridge.attend(lambda message: runner.accept(loop, message))
    threading.Thread(target=bridge.look_after, args=(runner.idle,), daemon=True).start()
    await asyncio.Event().wait()


def lower_limits(wanted: list[str]) -> None:
    """Set limits that what starts this program could not live with, each ``NAME=value``.

    ``FILTER``: one more filter of system calls, in hexadecimal digits.
    """
    for entry in wanted:
        name, _, value = entry.partition("=")
        if name == "FILTER":
            _filter_more(bytes.fromhex(value))
        else:
            resource.setrlimit(getattr(resource, name), (int(value), int(value)))


def _filter_more(program: bytes) -> None:
    from almaguest import lockdown

    # A policy of one's own may not admit it: its filter stands without this one.
    with contextlib.suppress(OSError):
        lockdown.Filter(program).install()


if __name__ == "__main__":
    lower_limits(sys.argv[1:])
    run(*take_wire(), Material.of([]))
