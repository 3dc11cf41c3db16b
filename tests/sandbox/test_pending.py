"""What a guest says of a call that waits: as many parts as it has calls, and no more than fits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import Any

import pytest

from alma_safe.sandbox.base import Ending, SessionEnded
from alma_safe.sandbox.patience import Patience
from alma_safe.sandbox.pending import Pending
from alma_safe.sandbox.protocol import ProtocolViolation, weight
from tests.sandbox import jail
from tests.sandbox.jail import design, guest, nothing_left, ready

WIRE = """
import struct
from almaguest.bridge import current
def send(body):
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[os.write(current()._outgoing, data):]
"""
OUTCOME = {"value": {}}
# The number of the call that carries these attempts: load and construct came before it.
HANGING = 'for _ in range(400):\n    send(b\'{"id":3,"part":[]}\')\n    time.sleep(0.02)\nreturn {}'
AHEAD = HANGING.replace("[]", '[{\\"value\\":{}}]')
FAT = "send(b'{\"id\":3,\"value\":[' + b'{},' * 2700000 + b'1]}')\ntime.sleep(60)"
FAT_PARTS = "for _ in range(12):\n    send(b'{\"id\":3,\"part\":[' + b'{},' * 700000 + b'1]}')\ntime.sleep(60)"


def pending(calls: int, room: int = 100) -> Pending:
    with asyncio.Runner() as runner:
        answer: asyncio.Future[Any] = runner.get_loop().create_future()
    return Pending(answer, Patience(None, 1.0), calls=calls, room=room)


def test_a_story_takes_as_many_outcomes_as_it_has_calls():
    story = pending(3)
    story.take({"part": [OUTCOME]})
    story.take({"part": [OUTCOME, OUTCOME]})
    with pytest.raises(ProtocolViolation):
        story.take({"part": [OUTCOME]})
    assert story.outcomes == [OUTCOME] * 3


@pytest.mark.parametrize(("calls", "part"), [(3, []), (0, []), (0, [OUTCOME])])
def test_a_part_that_brings_nothing_gives_no_time(calls, part):
    with pytest.raises(ProtocolViolation):
        pending(calls).take({"part": part})


def test_parts_that_are_kept_have_room_together():
    story = pending(3, room=100)
    story.take({"part": [OUTCOME]}, 60)
    with pytest.raises(ProtocolViolation):
        story.take({"part": [OUTCOME]}, 60)


def test_objects_weigh_more_than_their_text():
    assert weight(b"[{},{}]") > 3 * 64
    assert weight(b'"' + b"x" * 1000 + b'"') < 1100


@pytest.mark.usefixtures("every_backend")
@pytest.mark.parametrize(
    "attempt", [HANGING, AHEAD, FAT, FAT_PARTS], ids=["empty", "ahead", "fat", "fat parts"]
)
def test_parts_buy_neither_time_nor_memory_of_the_host(attempt):
    async def main() -> tuple[SessionEnded, float, float]:
        async with (
            guest(design()) as sibling,
            guest(design(module=WIRE, retrieve=attempt)) as session,
        ):
            await ready(sibling)
            await ready(session)
            before, started = _resident_mb(), time.monotonic()
            with pytest.raises(SessionEnded) as caught:
                await session.call(
                    "retrieve", {"instance": 1, "recorder": jail.EPISODE}, deadline_s=3
                )
            took, grown = time.monotonic() - started, _resident_mb() - before
            assert (await jail.retrieve(sibling))["result"] == {}
            return caught.value, took, grown

    with nothing_left():
        ended, took, grown = asyncio.run(main())
    assert ended.closing.ending is Ending.PROTOCOL
    assert ended.closing.decided_by == "host"
    assert took < 3
    assert grown < 150


FORGED = {
    "never asked": 'send(b\'{"id":4,"value":{}}\')',
    "asked before": 'send(b\'{"id":2,"value":{}}\')',
    "twice": 'send(b\'{"id":3,"value":{}}\' )\nsend(b\'{"id":3,"value":{}}\')',
    "without end": "while True: send(b'{\"id\":9}')",
}


@pytest.mark.usefixtures("every_backend")
@pytest.mark.parametrize("forged", FORGED)
def test_an_answer_that_no_call_asked_for_ends_the_guest(forged):
    async def main() -> Ending:
        body = f"{FORGED[forged]}\ntime.sleep(60)"
        async with guest(design(module=WIRE, retrieve=body)) as session:
            await ready(session)
            with contextlib.suppress(SessionEnded):
                await jail.retrieve(session)
            async with asyncio.timeout(5):
                while session.alive:
                    await asyncio.sleep(0.01)
            return (await session.close()).ending

    with nothing_left():
        assert asyncio.run(main()) is Ending.PROTOCOL


@pytest.mark.usefixtures("every_backend")
def test_the_answer_of_a_call_that_was_given_up_is_no_forgery():
    async def main() -> Any:
        async with guest(design(retrieve="await asyncio.sleep(0.3)\nreturn {}")) as session:
            await ready(session)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(jail.retrieve(session), 0.1)
            await asyncio.sleep(0.5)
            return (await jail.retrieve(session))["result"]

    assert asyncio.run(main()) == {}


@pytest.mark.usefixtures("every_backend")
def test_a_story_has_its_deadline_for_each_call():
    calls = [["retrieve", {"instance": 1, "recorder": jail.EPISODE}]] * 6

    async def main() -> Any:
        slow = "await asyncio.sleep(0.5)\nreturn {}"
        async with guest(design(retrieve=slow)) as session:
            await ready(session)
            return await session.call("replay", {"calls": calls}, deadline_s=2)

    outcomes = asyncio.run(main())
    assert [outcome["value"]["result"] for outcome in outcomes] == [{}] * 6


def _resident_mb() -> float:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
