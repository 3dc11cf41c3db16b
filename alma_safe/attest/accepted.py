"""An accepted design at work: ALMA's interface, every call in a session of the sandbox."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from alma_safe.attest import keys as keyring
from alma_safe.attest.envelope import KeyTrust, Trust
from alma_safe.attest.receipt import Receipt, checked, read_receipt
from alma_safe.attest.recorders import held
from alma_safe.design import Design
from alma_safe.domains.memory import DesignFailed, Memory
from alma_safe.errors import SessionError
from alma_safe.policy import Policy, load_policy
from alma_safe.sandbox.base import Backend
from alma_safe.sandbox.broker import Account, Broker, LocalModel
from alma_safe.sandbox.broker.model import Model
from alma_safe.sandbox.select import backend


class MemoryLost(SessionError):
    """The guest ended, and what it knew could not be brought back."""


class Recorder(Protocol):
    """What an agent loop hands over: ``init``, ``steps`` and ``reward`` of an episode."""

    @property
    def init(self) -> Mapping[str, Any]:
        """What the agent sees before its first action."""

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """One object for each action."""

    @property
    def reward(self) -> float:
        """The outcome, in [0, 1]."""


def load_accepted(
    path: str | Path,
    receipt: str | Path,
    keys: Sequence[str | Path] | Trust,
    policy: str | Policy = "strict",
    *,
    model: Model | None = None,
    sandbox: str = "auto",
    seed: int = 0,
    history: int = 1_000,
    domain: str | None = None,
) -> AcceptedMemory:
    """Return a memory for a design with a receipt that holds; nothing else is accepted.

    ``keys``: files of the public keys that are trusted, or an
    :class:`alma_safe.attest.keyless.IdentityTrust`. ``policy``: what the receipt has to
    be of, and whose limits and budgets are on. ``model`` answers what the design asks a
    model; left out, the local stand-in does. ``history``: updates that are kept to bring
    the memory back after a crash of its guest. ``domain``: whose recorders, as they are
    now, the receipt has to be of; left out, those of its own folder where that is. Raises
    ReceiptRefused that names the field, UsageError for files that cannot be read.
    """
    keyring.require()
    trust = _trust(keys)
    rules = load_policy(policy) if isinstance(policy, str) else policy
    design = Design.from_file(path)
    found = checked(
        read_receipt(receipt),
        digest=design.digest or "",
        trust=trust,
        policy_digest=rules.digest,
    )
    held(found, domain)
    return AcceptedMemory(
        design,
        found,
        rules,
        backend(sandbox),
        model or LocalModel(),
        seed=seed,
        history=history,
    )


def _trust(keys: Sequence[str | Path] | Trust) -> Trust:
    if not isinstance(keys, Sequence):
        return keys
    return KeyTrust([keyring.public(Path(each)) for each in keys])


class AcceptedMemory:
    """A memory whose guest is started when it is first asked. Close it, or use ``async with``.

    A call that fails raises DesignFailed, with the kind of ending, or SessionError where the
    sandbox failed. Where the guest is gone the next call starts another one and tells it the
    updates that are kept, in their order; MemoryLost where that fails as well.
    """

    def __init__(
        self,
        design: Design,
        receipt: Receipt,
        policy: Policy,
        walls: Backend,
        model: Model,
        *,
        seed: int,
        history: int,
    ) -> None:
        self.receipt = receipt
        self.restarts = 0
        self._design = design
        self._policy = policy
        self._walls = walls
        self._model = model
        self._account = Account(policy.broker)
        self._seed = seed
        self._history: deque[Mapping[str, Any]] = deque(maxlen=history)
        self._memory: Memory | None = None
        self._opening = asyncio.Lock()
        self._began = False

    async def general_retrieve(self, recorder: Recorder) -> dict[str, Any]:
        """Return what the agent should read before an episode; ``recorder.init`` is read."""
        memory = await self._alive()
        return dict(await self._told(memory, memory.retrieve(recorder.init)))

    async def general_update(self, recorder: Recorder) -> None:
        """Let the memory learn from a finished episode."""
        told = {
            "init": dict(recorder.init),
            "steps": [dict(step) for step in recorder.steps],
            "reward": float(recorder.reward),
        }
        memory = await self._alive()
        await self._told(memory, memory.update(told))
        # Only what was taken in is told again: an update that broke it would break it again.
        self._history.append(told)

    async def aclose(self) -> None:
        """End the guest and what the sandbox keeps. May be called again."""
        memory, self._memory = self._memory, None
        if memory is not None:
            await memory.close()
        await self._walls.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _told(self, memory: Memory, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except (DesignFailed, SessionError) as failed:
            # A call that only raised leaves the guest as it was; after any other it is gone.
            lives = isinstance(failed, DesignFailed) and failed.failure.ending == "raised"
            if not lives and self._memory is memory:
                self._memory = None
                await memory.close()
            raise

    async def _alive(self) -> Memory:
        async with self._opening:
            if self._memory is None:
                self._memory = await self._opened()
            return self._memory

    async def _opened(self) -> Memory:
        again, self._began = self._began, True
        self.restarts += again
        broker = Broker(
            self._policy.broker,
            self._model,
            account=self._account,
            prices=self._policy.price_table,
        )
        try:
            memory = await Memory.open(
                self._design, self._policy, self._walls, broker, seed=self._seed
            )
            await self._remind(memory)
        except DesignFailed as failed:
            if not again:
                raise
            raise MemoryLost(
                f"the memory could not be brought back: {failed.failure.text}",
                hint="load it anew; it begins with nothing",
            ) from None
        return memory

    async def _remind(self, memory: Memory) -> None:
        """Tell a new guest what the last one knew; it does not outlive a failure to."""
        try:
            for told in self._history:
                await memory.update(told)
        except BaseException:
            await memory.close()
            raise
