"""Guests that are started ahead and used once: an evaluation does not wait for a jail.

Forked guests need no pool: a fork is as fast as taking one out of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any, Protocol

from alma_safe.design import Design
from alma_safe.errors import AlmaSafeError
from alma_safe.policy import Policy
from alma_safe.sandbox.base import (
    Backend,
    BrokerHandler,
    Capabilities,
    GuestOptions,
    Layer,
    Session,
)
from alma_safe.sandbox.session import GuestSession
from alma_safe.sandbox.starting import chroma_choice

_KINDS = 2
"""Kinds of guests that are kept ahead; those used longest ago are ended."""


class Preparing(Backend, Protocol):
    """A backend whose guests can be started before their design is known."""

    async def prepare(self, policy: Policy, options: GuestOptions, chroma: str) -> GuestSession:
        """Start a guest that waits for a design."""


type _Key = tuple[str, str, int]
"""Policy digest, vector store, hash seed: what a guest is started with."""


class PooledBackend:
    """Keeps ``ahead`` guests of each kind in use ready. A guest is never used twice."""

    def __init__(self, backend: Preparing, *, ahead: int = 2) -> None:
        self._backend = backend
        self._ahead = ahead
        self._ready: OrderedDict[_Key, deque[GuestSession]] = OrderedDict()
        self._refilling: dict[_Key, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def name(self) -> str:
        """See :class:`alma_safe.sandbox.base.Backend`."""
        return self._backend.name

    @property
    def without(self) -> frozenset[Layer]:
        """See :class:`alma_safe.sandbox.base.Backend`."""
        return self._backend.without

    def identity(self) -> Mapping[str, Any]:
        """See :meth:`alma_safe.sandbox.base.Backend.identity`."""
        return self._backend.identity()

    async def probe(self) -> Capabilities:
        """See :meth:`alma_safe.sandbox.base.Backend.probe`."""
        return await self._backend.probe()

    async def open(
        self,
        design: Design,
        policy: Policy,
        *,
        broker: BrokerHandler,
        options: GuestOptions | None = None,
    ) -> Session:
        """See :meth:`alma_safe.sandbox.base.Backend.open`."""
        options = options or GuestOptions()
        chroma = chroma_choice(design, policy)
        session = await self._taken_out((policy.digest, chroma, options.hash_seed))
        self._refill(policy, options, chroma)
        if session is None:
            session = await self._backend.prepare(policy, options, chroma)
        return session.take(design, broker, options)

    async def aclose(self) -> None:
        """End the guests that nobody took, and the backend."""
        self._closed = True
        for task in self._refilling.values():
            task.cancel()
        await asyncio.gather(*self._refilling.values(), return_exceptions=True)
        waiting = [session for kind in self._ready.values() for session in kind]
        self._ready.clear()
        await asyncio.gather(*(session.close() for session in waiting))
        await self._backend.aclose()

    async def _taken_out(self, key: _Key) -> GuestSession | None:
        """A guest that still lives. What has died while it waited is put away."""
        waiting = self._ready.get(key, deque())
        while waiting:
            session = waiting.popleft()
            if session.alive:
                return session
            await session.close()
        return None

    def _refill(self, policy: Policy, options: GuestOptions, chroma: str) -> None:
        key = (policy.digest, chroma, options.hash_seed)
        self._ready.setdefault(key, deque())
        self._ready.move_to_end(key)
        if key not in self._refilling and not self._closed:
            task = asyncio.create_task(self._fill(key, policy, options, chroma))
            self._refilling[key] = task
            task.add_done_callback(lambda _: self._refilling.pop(key, None))

    async def _fill(self, key: _Key, policy: Policy, options: GuestOptions, chroma: str) -> None:
        # A guest that cannot be started is reported to whoever asks for the next one.
        with contextlib.suppress(AlmaSafeError):
            while key in self._ready and len(self._ready[key]) < self._ahead:
                session = await self._backend.prepare(policy, options, chroma)
                if key in self._ready:
                    self._ready[key].append(session)
                else:  # no longer wanted
                    await session.close()
        while len(self._ready) > _KINDS:
            _, old = self._ready.popitem(last=False)
            for session in old:
                await session.close()
