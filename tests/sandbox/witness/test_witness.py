"""The witnesses: on this host every denial is seen, and a wall with a hole is found out."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from alma_safe.sandbox.base import Backend, Layer
from alma_safe.sandbox.docker.backend import DockerBackend
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.sandbox.rootfs import Rootfs
from alma_safe.sandbox.witness import run as witnesses
from alma_safe.sandbox.witness.limits import LIMITS
from alma_safe.sandbox.witness.run import Make, Outcome
from alma_safe.sandbox.witness.table import FILTERED, OTHERS
from tests.sandbox import jail
from tests.sandbox.jail import nothing_left

MAKERS: dict[str, Make] = {
    "nsjail": lambda without, root: NsjailBackend(without=without, root=root)
}
if "docker" in jail.BACKENDS:
    MAKERS["docker"] = lambda without, root: DockerBackend(without=without)

HOLES = ("processes", "internet sockets", "mounts", "host's network", "capabilities",
         "read-only root", "bytes in /tmp", "environment", "unprivileged user")  # fmt: skip


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_denial_is_seen_on_this_host(name: str) -> None:
    with nothing_left():
        found = asyncio.run(witnesses.testimonies(MAKERS[name]))
    assert len(found) == len(FILTERED) + len(OTHERS) + len(LIMITS)
    assert [one for one in found if one.outcome is not Outcome.PASS] == []


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for table in ("FILTERED", "OTHERS"):
        kept = tuple(one for one in getattr(witnesses, table) if one.name in names)
        monkeypatch.setattr(witnesses, table, kept)
    monkeypatch.setattr(witnesses, "LIMITS", tuple(one for one in LIMITS if one.name in names))


def outcome_of(found: list[witnesses.Testimony]) -> Outcome:
    (one,) = found
    return one.outcome


@pytest.mark.parametrize("name", HOLES)
@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_wall_with_a_hole_fails(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard is said to be on and is not: exactly what a witness is for."""
    only(monkeypatch, name)
    (witness,) = (one for one in (*FILTERED, *OTHERS) if one.name == name)

    def holed(without: frozenset[Layer], root: Rootfs | None) -> Backend:
        return MAKERS[kind](without | {witness.layer}, root)

    assert outcome_of(asyncio.run(witnesses.testimonies(holed))) is Outcome.FAIL


def test_an_attempt_that_never_succeeds_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "processes")
    impossible = dataclasses.replace(
        witnesses.FILTERED[0], body="open('/no/such/file')\nreturn True"
    )
    monkeypatch.setattr(witnesses, "FILTERED", (impossible,))
    assert outcome_of(asyncio.run(witnesses.testimonies(MAKERS["nsjail"]))) is Outcome.UNWITNESSED


def test_a_limit_that_does_not_hold_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "output")
    (limit,) = witnesses.LIMITS
    lax = dataclasses.replace(limit, narrow=limit.wide)
    monkeypatch.setattr(witnesses, "LIMITS", (lax,))
    assert outcome_of(asyncio.run(witnesses.testimonies(MAKERS["nsjail"]))) is Outcome.FAIL


def test_weakened_sessions_say_so() -> None:
    async def main() -> tuple[str, ...]:
        backend = NsjailBackend(without=frozenset({Layer.SECCOMP}))
        session = await backend.open(jail.design(), jail.policy(), broker=jail.no_model)
        await session.close()
        return session.degraded

    assert "without seccomp" in asyncio.run(main())
