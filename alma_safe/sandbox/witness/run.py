"""Both arms of every witness, on this host."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError
from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import Backend, GuestRaised, Layer, SessionEnded
from alma_safe.sandbox.idle import no_model
from alma_safe.sandbox.session import GuestSession
from alma_safe.sandbox.witness.limits import LIMITS, Limited
from alma_safe.sandbox.witness.table import FILTERED, OTHERS, Witness
from alma_safe.text import visible

_DEADLINE_S = 15.0
_ATTEMPT_S = 4.0
_AT_ONCE = 3
_SEGMENT = 4096


class Outcome(StrEnum):
    """What two arms came to."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNWITNESSED = "UNWITNESSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """One guard, seen or not seen to deny."""

    name: str
    layer: str
    outcome: Outcome
    detail: str = ""


type Make = Callable[[frozenset[Layer], rootfs.Rootfs | None], Backend]
"""Makes a backend without these layers, with another root if one is given and it can.

Raises UsageError for a layer that it cannot do without.
"""


async def testimonies(make: Make) -> list[Testimony]:
    """Run both arms of every witness; the order is that of the tables."""
    slots = asyncio.Semaphore(_AT_ONCE)
    with _surroundings() as places, _writable_guest() as root:

        async def heard(witness: Witness) -> Testimony:
            async with slots:
                return await _testify(witness, make, places, root)

        async def limited(limit: Limited) -> Testimony:
            async with slots:
                return await _limit(limit, make)

        return list(
            await asyncio.gather(
                *(heard(witness) for witness in (*FILTERED, *OTHERS)),
                *(limited(limit) for limit in LIMITS),
            )
        )


async def _testify(
    witness: Witness, make: Make, places: Mapping[str, int], root: rootfs.Rootfs
) -> Testimony:
    """The off-arm first: an attempt that fails without the guard says nothing about it."""
    body = witness.body.format(**places) if "{" in witness.body else witness.body

    # Only what tries to write needs a root of its own to write to.
    used = root if witness.layer is Layer.READ_ONLY else None

    async def arm(without: frozenset[Layer]) -> tuple[bool, str]:
        return await _attempt(make(without, used), body, witness.posture)

    def said(outcome: Outcome, detail: str) -> Testimony:
        return Testimony(
            name=witness.name, layer=witness.layer, outcome=outcome, detail=visible(detail, 200)
        )

    try:
        open_, why = await arm(witness.beside | {witness.layer})
    except AlmaSafeError as error:
        return said(Outcome.UNWITNESSED, error.message)
    if not open_:
        return said(Outcome.UNWITNESSED, f"fails without the guard, too: {why}")
    try:
        through, why = await arm(witness.beside)
    except AlmaSafeError as error:
        return said(Outcome.FAIL, f"could not be tried with the guard: {error.message}")
    if through:
        return said(Outcome.FAIL, "succeeds although the guard is on")
    return said(Outcome.PASS, f"denied: {why}" if why else "denied")


async def _attempt(backend: Backend, body: str, posture: str) -> tuple[bool, str]:
    """Whether the attempt succeeds in a guest of this backend, and else what it met."""
    async with _guest(backend, body, _policy()) as session:
        if posture:
            pid = session.guest_pid()
            mine, its = (os.readlink(f"/proc/{who}/ns/{posture}") for who in ("self", pid))
            return mine == its, f"{posture} namespace {its}"
        try:
            answer = await session.call("retrieve", _ASKED, deadline_s=_ATTEMPT_S)
        except GuestRaised as error:
            return False, error.message
        except SessionEnded as error:
            return False, f"the guest ended: {error.closing.ending}"
        return answer["result"].get("done") is True, ""


async def _limit(limit: Limited, make: Make) -> Testimony:
    """A limit of ours: wide, the same guest lives on; narrow, it ends as it should."""

    def said(outcome: Outcome, detail: str) -> Testimony:
        return Testimony(name=limit.name, layer="policy", outcome=outcome, detail=detail)

    try:
        wide = await _ending(make(frozenset(), None), limit, limit.wide)
        narrow = await _ending(make(frozenset(), None), limit, limit.narrow)
    except AlmaSafeError as error:
        return said(Outcome.UNWITNESSED, visible(error.message, 200))
    if wide != "completed":
        return said(Outcome.UNWITNESSED, f"with a wide limit the guest ended: {wide}")
    if narrow != limit.ending:
        return said(Outcome.FAIL, f"with a narrow limit the guest ended: {narrow}")
    return said(Outcome.PASS, f"ended: {narrow}")


async def _ending(backend: Backend, limit: Limited, changed: Mapping[str, Any]) -> str:
    policy = _policy(changed)
    deadline_s = float(changed.get("deadline_s", _DEADLINE_S))
    async with _guest(backend, limit.body, policy) as session:
        with contextlib.suppress(GuestRaised, SessionEnded):
            await session.call("retrieve", _ASKED, deadline_s=deadline_s)
        closing = await session.close()
        return str(closing.ending.value)


_ASKED = {
    "instance": 0,
    "recorder": {"init": {}, "steps": [], "reward": 0.0},
}


@contextlib.asynccontextmanager
async def _guest(backend: Backend, body: str, policy: Policy) -> AsyncIterator[GuestSession]:
    try:
        session = await backend.open(_design(body), policy, broker=no_model)
        assert isinstance(session, GuestSession)
        try:
            await session.call("load", deadline_s=_DEADLINE_S)
            await session.call("construct", deadline_s=_DEADLINE_S)
            yield session
        finally:
            await session.close()
    finally:
        await backend.aclose()


def _design(body: str) -> Design:
    """A design that makes the attempt when it is asked. It is ours: nothing in it is hostile."""
    lines = "".join(f"        {line}\n" for line in body.split("\n"))
    text = (
        "import asyncio, os, sys, time\n"
        "from alma_safe.contract import MemoStructure\n"
        "class Attempt(MemoStructure):\n"
        "    def attempt(self):\n"
        f"{lines}"
        "    async def general_retrieve(self, recorder):\n"
        "        return {'done': bool(self.attempt())}\n"
        "    async def general_update(self, recorder): return None\n"
    )
    return Design.from_bytes(text.encode(), path="<witness>")


def _policy(changed: Mapping[str, Any] | None = None) -> Policy:
    """Narrow limits, so that meeting them costs nothing."""
    policy = load_policy()
    narrow: dict[str, Any] = {"tmp_mb": 4, "tmp_inodes": 200, "file_mb": 2, "open_files": 64,
                              "address_space_mb": 512}  # fmt: skip
    fields = {field.name for field in dataclasses.fields(policy.sandbox)}
    narrow |= {key: value for key, value in (changed or {}).items() if key in fields}
    return dataclasses.replace(policy, sandbox=dataclasses.replace(policy.sandbox, **narrow))


@contextlib.contextmanager
def _surroundings() -> Iterator[dict[str, int]]:
    """Things of this host that a guest must not reach: a listener, a process, shared memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    key = 0x616C0000 | (os.getpid() & 0xFFFF)
    segment = libc.shmget(key, _SEGMENT, 0o1666)
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        try:
            yield {"port": listener.getsockname()[1], "pid": os.getpid(), "key": key}
        finally:
            if segment >= 0:
                libc.shmctl(segment, 0, None)


@contextlib.contextmanager
def _writable_guest() -> Iterator[rootfs.Rootfs]:
    """A copy of the guest code that anybody may write to where it is not mounted read-only."""
    staged = rootfs.stage(False)
    with tempfile.TemporaryDirectory(prefix="alma-witness-", dir="/tmp") as name:
        os.chmod(name, 0o755)
        copy = Path(name) / "guest"
        shutil.copytree(staged.guest, copy)
        os.chmod(copy, 0o777)
        yield dataclasses.replace(staged, guest=copy)


def digest_of(found: Sequence[Testimony]) -> str:
    """Identify what was witnessed: names and outcomes, nothing that changes from run to run."""
    content = [[one.name, one.layer, one.outcome] for one in found]
    return "sha256:" + hashlib.sha256(json.dumps(content).encode()).hexdigest()
