"""What this host can enforce with a container engine: found out by asking it and by trying."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError, BackendUnavailable
from alma_safe.policy import load_policy
from alma_safe.sandbox.base import Capabilities, Guard
from alma_safe.sandbox.cgroups import top_hierarchy
from alma_safe.sandbox.docker.client import answering
from alma_safe.sandbox.idle import IDLE, no_model

if TYPE_CHECKING:
    from alma_safe.sandbox.docker.backend import DockerBackend

_START_S = 15.0


async def examine(backend: DockerBackend) -> Capabilities:
    """Ask the engine, and start one guest."""
    guards: list[Guard] = []
    try:
        guards.append(await asyncio.to_thread(_engine, backend))
        guards += await _guest(backend)
        guards.append(_counters())
    except BackendUnavailable as error:
        guards.append(
            Guard(name="container engine", active=False, detail=error.message, remedy=error.hint)
        )
    return Capabilities(backend=backend.name, guards=tuple(guards))


def _engine(backend: DockerBackend) -> Guard:
    with answering("asking about itself"):
        info: Mapping[str, Any] = backend.client().info()
    known = info.get("Runtimes") or {}
    if backend.runtime not in known:
        raise BackendUnavailable(
            f"the engine has no runtime {backend.runtime}, only {', '.join(sorted(known))}",
            hint="install it, and name it under runtimes in /etc/docker/daemon.json",
        )
    version = info.get("ServerVersion")
    return Guard(name="container engine", active=True, detail=f"{version}, {backend.runtime}")


async def _guest(backend: DockerBackend) -> list[Guard]:
    try:
        session = await backend.open(
            Design.from_bytes(IDLE, path="<probe>"), load_policy(), broker=no_model
        )
        try:
            await session.call("load", deadline_s=_START_S)
        finally:
            await session.close()
    except AlmaSafeError as error:
        return [Guard(name="guest", active=False, detail=error.message, remedy=error.hint)]
    return [Guard(name="guest", active=True, detail="a guest starts and answers")]


def _counters() -> Guard:
    found = top_hierarchy()
    return Guard(
        name="usage counters",
        active=found is not None,
        detail=f"cgroup v{found.version}" if found else "usage of guests cannot be measured here",
        remedy="run as root on the engine's host",
        required=False,
    )
