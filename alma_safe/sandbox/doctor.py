"""What every backend can enforce on this host, and whether its denials are real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alma_safe.errors import BackendUnavailable
from alma_safe.sandbox.base import Capabilities, Guard
from alma_safe.sandbox.select import backend
from alma_safe.sandbox.witness.record import Record, keep
from alma_safe.sandbox.witness.run import Make, Testimony, digest_of, testimonies

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
    """Attempt everything that the wall of a backend has to deny, with and without each guard.

    Reports refer to what was found from then on, until the host is started anew.
    """
    found = await testimonies(_maker(name))
    outcomes = Counter(one.outcome.value for one in found)
    keep(name, Record(digest=digest_of(found), outcomes=outcomes))
    return found


def _maker(name: str) -> Make:
    if name == "docker":
        from alma_safe.sandbox.docker.backend import DockerBackend

        # A container writes to a layer of its own.
        return lambda without, root: DockerBackend(without=without)
    from alma_safe.sandbox.nsjail.backend import NsjailBackend

    return lambda without, root: NsjailBackend(without=without, root=root)
