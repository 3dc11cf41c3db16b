"""What every backend can enforce on this host, and whether its denials are real."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from alma_safe.errors import BackendUnavailable
from alma_safe.sandbox.base import Capabilities, Guard
from alma_safe.sandbox.select import backend
from alma_safe.sandbox.witness.run import Make, Testimony, testimonies

BACKENDS = ("nsjail", "docker")


async def examine(names: Sequence[str] = BACKENDS) -> Sequence[Capabilities]:
    """Probe backends: quick, and without attempts at anything."""
    found: list[Capabilities] = []
    for name in names:
        try:
            chosen = backend(name)
            try:
                found.append(await chosen.probe())
            finally:
                await chosen.aclose()
        except BackendUnavailable as error:
            guard = Guard(name="backend", active=False, detail=error.message, remedy=error.hint)
            found.append(Capabilities(backend=name, guards=(guard,)))
    return found


async def witnessed(name: str) -> list[Testimony]:
    """Attempt everything that the wall of a backend has to deny, with and without each guard."""
    return await testimonies(_maker(name))


def digest_of(found: Sequence[Testimony]) -> str:
    """Identify what was witnessed: names and outcomes, nothing that changes from run to run."""
    content = [[one.name, one.layer, one.outcome] for one in found]
    return "sha256:" + hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _maker(name: str) -> Make:
    if name == "docker":
        from alma_safe.sandbox.docker.backend import DockerBackend

        # A container writes to a layer of its own.
        return lambda without, root: DockerBackend(without=without)
    from alma_safe.sandbox.nsjail.backend import NsjailBackend

    return lambda without, root: NsjailBackend(without=without, root=root)
