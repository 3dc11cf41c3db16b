"""Guests that are started ahead: used once, replaced when dead, gone with the pool."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from alma_safe.errors import SessionError
from alma_safe.policy import load_policy
from alma_safe.sandbox.base import GuestOptions
from alma_safe.sandbox.docker.backend import DockerBackend
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.sandbox.pool import PooledBackend, Preparing
from alma_safe.sandbox.session import GuestSession
from tests.sandbox import jail
from tests.sandbox.jail import design, nothing_left, policy

MAKERS: dict[str, Callable[[], Preparing]] = {"nsjail": NsjailBackend}
if "docker" in jail.BACKENDS:
    MAKERS["docker"] = DockerBackend

MARKS = "open('/tmp/mark', 'x').close()\nreturn {'pid': os.getpid(), 'there': os.listdir('/tmp')}"


@pytest.fixture(params=sorted(MAKERS))
def make(request: pytest.FixtureRequest) -> Callable[[], Preparing]:
    return MAKERS[request.param]


class Counted:
    """A backend that says how many guests it has started; it can be made to fail."""

    def __init__(self, backend: Preparing) -> None:
        self._backend = backend
        self.started: list[GuestSession] = []
        self.broken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    async def prepare(self, *arguments: Any) -> GuestSession:
        if self.broken:
            raise SessionError("the guest did not start")
        session = await self._backend.prepare(*arguments)
        self.started.append(session)
        return session


@asynccontextmanager
async def pooled(make: Callable[[], Any], ahead: int = 2) -> AsyncIterator[tuple[Any, Counted]]:
    counted = Counted(make())
    pool = PooledBackend(counted, ahead=ahead)  # type: ignore[arg-type]
    try:
        yield pool, counted
    finally:
        await pool.aclose()


async def used(pool: PooledBackend, limits: Any = None, options: Any = None) -> dict[str, Any]:
    session = await pool.open(
        design(retrieve=MARKS), limits or load_policy(), broker=jail.no_model, options=options
    )
    assert isinstance(session, GuestSession)
    try:
        await jail.ready(session)
        return {**(await jail.retrieve(session))["result"], "host_pid": session.guest_pid()}
    finally:
        await session.close()


async def filled(pool: PooledBackend, count: int) -> list[GuestSession]:
    """The guests that wait, once there are so many."""
    async with asyncio.timeout(20):
        while len(found := [one for kind in pool._ready.values() for one in kind]) < count:
            await asyncio.sleep(0.01)
    return found


def test_each_guest_is_used_once_and_was_there_before(make):
    async def main() -> None:
        async with pooled(make) as (pool, _):
            found = [await used(pool)]
            waiting = [session.guest_pid() for session in await filled(pool, 2)]
            found += [await used(pool), await used(pool)]
            assert [one["there"] for one in found] == [["mark"]] * 3
            assert [one["host_pid"] for one in found[1:]] == waiting
            assert len({one["host_pid"] for one in found}) == 3

    with nothing_left():
        asyncio.run(main())


def test_a_guest_that_died_waiting_is_replaced():
    async def main() -> None:
        async with pooled(NsjailBackend, ahead=1) as (pool, _):
            await used(pool)
            (victim,) = await filled(pool, 1)
            pid = victim.guest_pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(10):
                while victim.alive:
                    await asyncio.sleep(0.01)
            assert (await used(pool))["host_pid"] not in (pid, None)

    with nothing_left():
        asyncio.run(main())


def test_waiting_costs_a_guest_none_of_its_wall_clock():
    async def main() -> None:
        limits = policy(sandbox={"wall_s": 1})
        async with pooled(NsjailBackend, ahead=1) as (pool, _):
            await used(pool, limits)
            (waiting,) = await filled(pool, 1)
            await asyncio.sleep(1.3)
            assert waiting.alive
            assert (await used(pool, limits))["there"] == ["mark"]

    asyncio.run(main())


def test_kinds_of_guests_that_are_not_asked_for_any_more_are_ended():
    async def main() -> None:
        async with pooled(NsjailBackend, ahead=1) as (pool, counted):
            for seed in range(3):
                await used(pool, options=GuestOptions(hash_seed=seed))
                await filled(pool, min(seed + 1, 2))
            async with asyncio.timeout(10):
                while [key[2] for key in pool._ready] != [1, 2]:
                    await asyncio.sleep(0.01)
                while len([one for one in counted.started if one.alive]) != 2:
                    await asyncio.sleep(0.01)

    with nothing_left():
        asyncio.run(main())


def test_a_backend_that_fails_is_reported_to_who_asks():
    async def main() -> None:
        async with pooled(NsjailBackend, ahead=1) as (pool, counted):
            await used(pool)
            await filled(pool, 1)
            counted.broken = True
            assert (await used(pool))["there"] == ["mark"]
            with pytest.raises(SessionError, match="did not start"):
                await used(pool)

    with nothing_left():
        asyncio.run(main())


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.05, 0.1, 0.2])
def test_closing_while_guests_are_started_leaves_nothing(after_s):
    async def main() -> None:
        async with pooled(NsjailBackend, ahead=3) as (pool, _):
            await used(pool)
            await asyncio.sleep(after_s)

    asyncio.run(main())
    with nothing_left():
        asyncio.run(main())


def test_a_guest_belongs_to_one_design_and_serves_none_before():
    async def main() -> None:
        backend = NsjailBackend()
        session = await backend.prepare(load_policy(), GuestOptions(), "none")
        session.take(design(), jail.no_model, GuestOptions())
        with pytest.raises(SessionError, match="one design"):
            session.take(design(), jail.no_model, GuestOptions())
        await session.close()

    with nothing_left():
        asyncio.run(main())
