"""Frames are cut from whatever pieces arrive, and nothing is taken after a violation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from alma_safe.sandbox.frames import Frames, Printed
from alma_safe.sandbox.protocol import HEADER, ProtocolViolation

LIMIT = 10


class Transport:
    """Notes whether it is read from."""

    def __init__(self) -> None:
        self.reading = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Wire:
    """A receiver whose every decision is written down in ``seen``."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.transport = Transport()
        self.frames = Frames(self.admit, self.take, self.refuse)
        self.frames.connection_made(self.transport)  # type: ignore[arg-type]

    def admit(self, size: int) -> None:
        self.seen.append(size)
        if size > LIMIT:
            raise ProtocolViolation("too large")

    def take(self, body: bytes) -> None:
        self.seen.append(body)
        if body == b"bad":
            raise ProtocolViolation("no frame")
        if body == b"wait":
            self.frames.hold()

    def refuse(self, violation: ProtocolViolation) -> None:
        self.seen.append(str(violation))


def framed(*bodies: bytes) -> bytes:
    return b"".join(HEADER.pack(len(body)) + body for body in bodies)


def heard(act: Callable[[Wire], None]) -> list[Any]:
    async def run() -> list[Any]:
        wire = Wire()
        act(wire)
        return wire.seen

    return asyncio.run(run())


def said(data: bytes, piece: int) -> list[Any]:
    def act(wire: Wire) -> None:
        for start in range(0, len(data), piece):
            wire.frames.data_received(data[start : start + piece])

    return heard(act)


@pytest.mark.parametrize("piece", [1, 2, 3, 4, 5, 7, 1000])
def test_frames_are_the_same_in_whatever_pieces_they_arrive(piece):
    data = framed(b"one", b"", b"three", b"x" * LIMIT)
    assert said(data, piece) == [3, b"one", 0, b"", 5, b"three", LIMIT, b"x" * LIMIT]


def test_half_a_frame_is_waited_for():
    assert said(framed(b"one")[:3], 1) == []
    assert said(framed(b"one")[:6], 1) == [3]


@pytest.mark.parametrize("piece", [1, 4, 1000])
def test_a_size_is_refused_before_its_body_comes_and_nothing_is_taken_after(piece):
    data = framed(b"one") + HEADER.pack(LIMIT + 1) + framed(b"two", b"two")
    assert said(data, piece) == [3, b"one", LIMIT + 1, "too large"]


@pytest.mark.parametrize("piece", [1, 1000])
def test_nothing_is_taken_after_a_body_that_is_refused(piece):
    assert said(framed(b"one", b"bad", b"two"), piece) == [3, b"one", 3, b"bad", "no frame"]


def test_what_is_held_is_taken_later_and_in_order():
    def act(wire: Wire) -> None:
        wire.frames.data_received(framed(b"wait", b"one"))
        assert not wire.transport.reading
        wire.frames.data_received(framed(b"two"))
        assert wire.seen == [4, b"wait"]
        wire.frames.go_on()
        assert wire.transport.reading

    assert heard(act) == [4, b"wait", 3, b"one", 3, b"two"]


def test_going_on_without_having_held_reads_nothing():
    def act(wire: Wire) -> None:
        wire.transport.reading = False
        wire.frames.go_on()
        assert not wire.transport.reading

    assert heard(act) == []


def test_the_end_is_told_once_however_it_comes():
    def act(wire: Wire) -> None:
        assert not wire.frames.ended.done()
        assert wire.frames.eof_received() is True
        assert wire.frames.ended.done()
        wire.frames.connection_lost(None)

    assert heard(act) == []

    def lost(wire: Wire) -> None:
        wire.frames.connection_lost(OSError())
        assert wire.frames.ended.done()

    assert heard(lost) == []


def printed(
    act: Callable[[Printed, int, list[int]], Awaitable[None]], keep: int = 5
) -> tuple[bytes, int, list[int]]:
    async def run() -> tuple[bytes, int, list[int]]:
        reading, writing = os.pipe()
        counts: list[int] = []
        output = Printed(os.fdopen(reading, "rb", 0), keep=keep, counted=counts.append)
        try:
            await act(output, writing, counts)
        finally:
            output.close()
        assert output.ended.done()
        return bytes(output.kept), output.bytes, counts

    return asyncio.run(run())


def test_the_beginning_of_what_is_printed_is_kept_and_all_of_it_counted():
    async def act(output: Printed, writing: int, counts: list[int]) -> None:
        os.write(writing, b"abc")
        while output.bytes < 3:
            await asyncio.sleep(0)
        os.write(writing, b"defgh")
        os.close(writing)
        await asyncio.wait_for(output.ended, 10)

    assert printed(act) == (b"abcde", 8, [3, 8])


def test_a_guest_that_prints_nothing_is_waited_for_until_its_end():
    async def act(output: Printed, writing: int, counts: list[int]) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        output._read()
        assert not output.ended.done()
        os.close(writing)
        await asyncio.wait_for(output.ended, 10)

    assert printed(act) == (b"", 0, [])


def test_what_is_printed_after_the_close_is_not_read():
    async def act(output: Printed, writing: int, counts: list[int]) -> None:
        output.close()
        output.close()
        with pytest.raises(BrokenPipeError):
            os.write(writing, b"abc")
        os.close(writing)

    assert printed(act) == (b"", 0, [])
