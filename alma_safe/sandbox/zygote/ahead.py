"""Guests that are forked ahead: to put one into its control group takes the kernel a while.

That is waiting, not work: the next guest of a kind can wait for it while the present one
is at work. A spare guest has seen no design; it is used once, or ended unused.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable

from alma_safe.errors import AlmaSafeError
from alma_safe.sandbox.session import GuestSession

_SEVERAL = 3
"""Guests of a kind after which there will be more: one design alone never pays for a spare."""

type Make = Callable[[], Awaitable[GuestSession]]
"""Starts a guest that waits for a design."""


class Ahead:
    """One spare guest of each kind that is in use."""

    def __init__(self) -> None:
        self._spares: dict[Hashable, asyncio.Task[GuestSession]] = {}
        self._asked: Counter[Hashable] = Counter()
        self._closed = False

    async def take(self, kind: Hashable, make: Make) -> GuestSession:
        """Return a guest of this kind, a spare one if there is any. Raises what ``make`` raises."""
        spare = self._spares.pop(kind, None)
        session = None if spare is None else await _alive(spare)
        if session is None:
            session = await make()
        self._asked[kind] += 1
        if self._asked[kind] >= _SEVERAL and kind not in self._spares and not self._closed:
            self._spares[kind] = asyncio.create_task(_made(make))
        return session

    async def aclose(self) -> None:
        """End the guests that nobody took."""
        self._closed = True
        spares, self._spares = self._spares, {}
        for session in await asyncio.gather(*map(_alive, spares.values())):
            if session is not None:
                await session.close()


async def _made(make: Make) -> GuestSession:
    return await make()


async def _alive(spare: asyncio.Task[GuestSession]) -> GuestSession | None:
    """The guest, unless it could not be started or has died while it waited."""
    # Why it could not be is reported to whoever asks for one now.
    with contextlib.suppress(AlmaSafeError, OSError, TimeoutError):
        session = await spare
        if session.alive:
            return session
        await session.close()
    return None
