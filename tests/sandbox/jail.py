"""Real guests for tests: small designs, policies with some limits changed, what is left over."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from alma_safe.design import Design
from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox.base import Backend, BrokerHandler, GuestOptions
from alma_safe.sandbox.cgroups import find_hierarchy
from alma_safe.sandbox.docker.backend import DockerBackend
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.sandbox.session import GuestSession
from alma_safe.sandbox.zygote.backend import ZygoteBackend

ROOT = os.geteuid() == 0
EPISODE = {"init": {"goal": "put the mug away"}, "steps": [{"action_took": "look"}], "reward": 1.0}
DEADLINE_S = 20.0

BACKENDS: dict[str, Callable[[], Backend]] = {"cold": NsjailBackend, "forked": ZygoteBackend}
if ROOT or os.path.exists("/var/run/docker.sock") or "DOCKER_HOST" in os.environ:
    # Root could have had an engine installed: where none answers then, the tests fail.
    BACKENDS["docker"] = DockerBackend
"""Every way to a guest; the fixture ``every_backend`` runs a test on each."""

chosen = "cold"


def policy(base: Policy | None = None, **sections: Mapping[str, Any]) -> Policy:
    """The strict policy with some keys changed: ``policy(sandbox={"memory_mb": 64})``."""
    made = base or load_policy()
    for section, values in sections.items():
        table = dataclasses.replace(getattr(made, section), **values)
        made = dataclasses.replace(made, **{section: table})
    return made


def design(
    *, module: str = "", init: str = "pass", retrieve: str = "return {}", update: str = "pass"
) -> Design:
    """A design out of the bodies of its methods; nothing of it is vetted."""

    def body(text: str) -> str:
        return "\n".join(f"        {line}" for line in text.strip("\n").split("\n"))

    return Design.from_bytes(
        f"import asyncio, os, sys, time\n"
        f"from alma_safe.contract import MemoStructure\n{module}\n\n\n"
        f"class Memory(MemoStructure):\n"
        f"    def __init__(self):\n        super().__init__()\n{body(init)}\n\n"
        f"    async def general_retrieve(self, recorder):\n{body(retrieve)}\n\n"
        f"    async def general_update(self, recorder):\n{body(update)}\n".encode()
    )


async def no_model(kind: str, payload: Mapping[str, Any]) -> NoReturn:
    raise ValueError("no model here")


@contextlib.asynccontextmanager
async def guest(
    source: Design,
    limits: Policy | None = None,
    *,
    broker: BrokerHandler = no_model,
    options: GuestOptions | None = None,
) -> AsyncIterator[GuestSession]:
    """An open session, closed at the end."""
    backend = BACKENDS[chosen]()
    try:
        session = await backend.open(
            source, limits or load_policy(), broker=broker, options=options
        )
        assert isinstance(session, GuestSession)
        try:
            yield session
        finally:
            await session.close()
    finally:
        await backend.aclose()


async def retrieve(session: GuestSession, instance: int = 1, **more: Any) -> Any:
    payload = {"instance": instance, "recorder": {**EPISODE, "steps": [], "reward": 0.0}, **more}
    return await session.call("retrieve", payload, deadline_s=DEADLINE_S)


async def update(session: GuestSession, instance: int = 1, **more: Any) -> Any:
    payload = {"instance": instance, "recorder": EPISODE, **more}
    return await session.call("update", payload, deadline_s=DEADLINE_S)


async def ready(session: GuestSession) -> int:
    """Load and construct; return the instance."""
    await session.call("load", deadline_s=DEADLINE_S)
    made = await session.call("construct", deadline_s=DEADLINE_S)
    number = made["instance"]
    assert isinstance(number, int)
    return number


def asked(source: Design, limits: Policy | None = None, **options: Any) -> Any:
    """What one retrieve of a fresh guest gives: the values that a design reports."""

    async def ask() -> Any:
        async with guest(source, limits, **options) as session:
            await ready(session)
            return (await retrieve(session))["result"]

    return asyncio.run(ask())


def descendants() -> set[int]:
    """All processes below this one, zombies included."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found: set[int] = set()
    fresh = {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def own_groups() -> set[str]:
    """Control groups that this process made and that are still there."""
    hierarchy = find_hierarchy()
    families = set(hierarchy.folders.values()) if hierarchy else set()
    return {
        str(folder)
        for family in families
        for folder in family.glob(f"{os.getpid()}-*")
        if folder.is_dir()
    }


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Fails when the body leaves a process, a control group or a descriptor behind."""
    find_hierarchy()
    before = descendants(), len(open_descriptors())
    yield
    deadline = time.monotonic() + 5
    while True:
        leaked = descendants() - before[0], own_groups(), len(open_descriptors()) - before[1]
        if not any(leaked[:2]) and leaked[2] <= 0:
            return
        assert time.monotonic() < deadline, f"left behind: {leaked}"
        time.sleep(0.02)
