"""What the backends have in common that start a guest of its own for each session."""

from __future__ import annotations

import asyncio
import weakref
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable

from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import BrokerHandler, GuestOptions, Session
from alma_safe.sandbox.handle import Guest
from alma_safe.sandbox.session import GuestSession, opened


class StartingBackend(ABC):
    """Starts guests in threads, and ends with itself what was not closed of their sessions."""

    def __init__(self) -> None:
        self._sessions: weakref.WeakSet[GuestSession] = weakref.WeakSet()

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
        session = await self.prepare(policy, options, chroma_choice(design, policy))
        return session.take(design, broker, options)

    async def prepare(self, policy: Policy, options: GuestOptions, chroma: str) -> GuestSession:
        """Start a guest that waits for a design. Raises BackendUnavailable or SessionError."""
        return await opened(self._prepare(policy, options, chroma))

    async def aclose(self) -> None:
        """End every session that is still open."""
        await all_ended(session.close() for session in list(self._sessions))

    async def _prepare(self, policy: Policy, options: GuestOptions, chroma: str) -> GuestSession:
        guest = await asyncio.to_thread(self._start, policy, options, chroma)
        session = await GuestSession.ready(guest, policy)
        self._sessions.add(session)
        return session

    @abstractmethod
    def _start(self, policy: Policy, options: GuestOptions, chroma: str) -> Guest:
        """Start one guest; ``chroma`` is the vector store that it gets. Called in a thread."""


async def all_ended(endings: Iterable[Awaitable[object]]) -> None:
    """Wait for every one of them, and only then raise what the first to fail has raised."""
    for outcome in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def chroma_choice(design: Design, policy: Policy) -> str:
    """Say which vector store this design gets, by a text search: nothing is parsed here."""
    if b"langchain" not in design.data:
        return "none"
    if policy.sandbox.chroma == "stand-in":
        return "stand-in"
    if policy.sandbox.chroma == "real" or rootfs.chroma_installed():
        return "real"
    return "stand-in"
