"""Naming the call that ended a guest, from notes of the kernel."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from alma_safe.sandbox import forbidden
from alma_safe.sandbox.base import Ending, SessionEnded
from tests.sandbox import jail

AUDIT = (
    "5,{n},{us},-;audit: type=1326 audit(1.2:{n}): auid=1 uid=65534 gid=65534 ses=1 pid={pid} "
    'comm="python3.12" exe="/py/bin/python3.12" sig=31 arch={arch} syscall={call} compat=0 '
    "ip=0x7f code=0x80000000\n"
)
NATIVE = "c000003e"


def note(pid: int, call: int, *, age_s: float = 1.0, arch: str = NATIVE, n: int = 1) -> bytes:
    us = int((time.clock_gettime(time.CLOCK_BOOTTIME) - age_s) * 1e6)
    return AUDIT.format(n=n, us=us, pid=pid, arch=arch, call=call).encode()


@pytest.fixture
def log(monkeypatch):
    """The kernel's log replaced by these records."""

    def holds(*records: bytes) -> None:
        waiting = list(records)

        def read(descriptor: int, size: int) -> bytes:
            if not waiting:
                raise BlockingIOError
            return waiting.pop(0)

        monkeypatch.setattr(forbidden.os, "read", read)
        monkeypatch.setattr(forbidden, "_LOG", os.devnull)

    return holds


def test_the_latest_note_about_a_process_counts(log):
    log(b"6,1,2,-;something else\n", note(7, 101), note(8, 272), note(7, 321, n=2))
    assert forbidden.forbidden_call(7) == "bpf"


@pytest.mark.parametrize(
    "record",
    [
        note(70, 101),
        note(7, 101, age_s=3600.0),
        b"5,1,9,-;python: audit: type=1326 pid=7 arch=c000003e syscall=101 \n",
        b"\xff\xfe\n",
    ],
    ids=["another process", "an old note", "an imitation", "bytes"],
)
def test_what_is_no_note_about_it_tells_nothing(log, record):
    log(record)
    assert forbidden.forbidden_call(7) == ""


def test_unknown_numbers_and_foreign_abis_are_told_as_such(log):
    log(note(7, 9999))
    assert forbidden.forbidden_call(7) == "number 9999"
    log(note(7, 20, arch="40000003"))
    assert forbidden.forbidden_call(7) == "number 20 of a foreign ABI"


def test_a_log_that_cannot_be_read_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(forbidden, "_LOG", str(tmp_path / "none"))
    assert forbidden.forbidden_call(os.getpid()) == ""


@pytest.mark.parametrize("kind", sorted(jail.BACKENDS))
def test_the_ending_names_the_call_where_the_kernel_tells(kind, monkeypatch):
    monkeypatch.setattr(jail, "chosen", kind)

    async def ended() -> tuple[Ending, str]:
        body = "ctypes.CDLL(None).ptrace(0, 0, 0, 0)"
        async with jail.guest(jail.design(module="import ctypes", retrieve=body)) as session:
            await jail.ready(session)
            with pytest.raises(SessionEnded) as caught:
                await jail.retrieve(session)
            return caught.value.closing.ending, caught.value.closing.detail

    told = os.access("/dev/kmsg", os.R_OK)
    for _ in range(8):
        ending, detail = asyncio.run(ended())
        assert ending is Ending.SECCOMP
        if not told or detail.endswith(": ptrace"):
            return
        # The kernel leaves notes out while others have many.
        time.sleep(1)
    raise AssertionError(detail)
