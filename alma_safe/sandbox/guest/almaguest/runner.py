"""The guest's main program: takes calls off the wire and answers them.

It shares its process with the design, so every answer is the design's own
statement; the host believes nothing but the values under test.
"""

import io
import os
import sys

# The wire moves away from the standard streams: what a design prints is output, not frames.
_INCOMING, _OUTGOING = os.dup(0), os.dup(1)
os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
os.dup2(2, 1)
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "backslashreplace", line_buffering=True)

# asyncio would import ssl, which costs a tenth of the start and has no use here.
sys.modules["ssl"] = None  # type: ignore[assignment]
import asyncio  # noqa: E402

del sys.modules["ssl"]

import base64  # noqa: E402
import faulthandler  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

from almaguest import bridge as bridges  # noqa: E402
from almaguest.design import FILE_NAME, LoadedDesign, Refused, as_json  # noqa: E402

_TEXT_LIMIT = 2000
_FRAME_LIMIT = 12
_HANG_SHARE = 0.8
_WATCH_SLACK = 0.5


class Runner:
    """Dispatches the host's calls to the loaded design."""

    def __init__(self, bridge: bridges.Bridge) -> None:
        self._bridge = bridge
        self._design: LoadedDesign | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watched_until = 0.0

    def accept(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        """Start one call; called from the reader thread."""
        loop.call_soon_threadsafe(self._start, loop, message)

    def _start(self, loop: asyncio.AbstractEventLoop, message: dict[str, Any]) -> None:
        self._watch(message["deadline"])
        task = loop.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self, deadline: float) -> None:
        """Have a call that will not return say where it hangs, before the host ends it.

        Setting the watchdog starts a thread; one that is set about right is left alone.
        """
        now = time.monotonic()
        due = now + _HANG_SHARE * deadline
        if not due - _WATCH_SLACK <= self._watched_until <= due:
            self._watched_until = due
            faulthandler.dump_traceback_later(due - now, file=2)

    async def _answer(self, message: dict[str, Any]) -> None:
        number = message["id"]
        outcome = await self._outcome(message["method"], message["payload"])
        try:
            self._bridge.send({"id": number, **outcome})
        except (ValueError, RecursionError, MemoryError) as error:
            self._bridge.send({"id": number, "raised": _described(error)})

    async def _outcome(self, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What a call comes to: a value, a refusal of ours, or what the design raised."""
        try:
            return {"value": await self._carry_out(method, payload)}
        except Refused as refused:
            return {"refused": {"kind": refused.kind, "text": str(refused)[:_TEXT_LIMIT]}}
        except BaseException as error:  # whatever a design raises is its answer
            return {"raised": _described(error)}

    async def _replay(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Carry out calls one after the other, up to the first that gives no value."""
        outcomes: list[dict[str, Any]] = []
        for call in calls:
            outcomes.append(await self._outcome(call["method"], call["payload"]))
            if "value" not in outcomes[-1]:
                break
        return outcomes

    async def _carry_out(self, method: str, payload: dict[str, Any]) -> Any:
        if method == "load":
            self._design = LoadedDesign(payload["options"])
            return self._design.load(base64.b64decode(payload["source"]))
        if self._design is None:
            raise Refused("no_design", "no design is loaded")
        if method == "replay":
            return await self._replay(payload["calls"])
        if method == "reset":
            return self._design.reset()
        if method == "construct":
            return self._design.construct()
        if method == "retrieve":
            return await self._design.retrieve(payload)
        if method == "update":
            return await self._design.update(payload)
        if method == "recall":
            return self._design.recall(payload["key"])
        if method == "forget":
            return self._design.forget(payload["instance"])
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


async def main() -> None:
    """Say that the guest is up, then answer calls until the host hangs up."""
    loop = asyncio.get_running_loop()
    bridge = bridges.Bridge(_INCOMING, _OUTGOING)
    bridges.install(bridge)
    runner = Runner(bridge)
    bridge.send({"ready": True})
    reader = threading.Thread(
        target=bridge.serve, args=(lambda message: runner.accept(loop, message),), daemon=True
    )
    reader.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
