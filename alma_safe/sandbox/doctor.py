"""What every backend can enforce on this host."""

from __future__ import annotations

from collections.abc import Sequence

from alma_safe.errors import BackendUnavailable
from alma_safe.sandbox.base import Capabilities, Guard
from alma_safe.sandbox.select import backend

BACKENDS = ("nsjail",)


async def examine() -> Sequence[Capabilities]:
    """Probe all backends of this release."""
    found: list[Capabilities] = []
    for name in BACKENDS:
        try:
            found.append(await backend(name).probe())
        except BackendUnavailable as error:
            guard = Guard(name="backend", active=False, detail=error.message, remedy=error.hint)
            found.append(Capabilities(backend=name, guards=(guard,)))
    return found
