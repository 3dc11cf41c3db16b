"""A design in an evaluation: every call of it goes through its session.

A design that raises, or whose guest ends, has failed: the evaluation is over for it, with
what was played until then, and with what the gate would say of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from alma_safe.design import Design
from alma_safe.errors import SessionError
from alma_safe.policy import Policy
from alma_safe.sandbox.base import (
    Backend,
    Closing,
    Ending,
    GuestOptions,
    GuestRaised,
    GuestRefused,
    Session,
    SessionEnded,
)
from alma_safe.sandbox.broker import Broker
from alma_safe.sandbox.outcome import hanging_frame
from alma_safe.verifier.properties.compare import size_of

type Recorder = Mapping[str, Any]
"""``init``, ``steps`` and ``reward`` of an episode, as plain JSON values."""

_LOAD_DEADLINE_S = 30.0

_LIFETIME_S = 86_400
"""Between calls a memory waits for games, with a slow model for hours: what bounds its time
are the deadline of each call and the CPU limit of them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a design failed in an evaluation. ``line``: in the design, 0 where unknown."""

    during: str
    ending: str
    text: str
    line: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "during": self.during,
            "ending": self.ending,
            "text": self.text,
            "line": self.line,
        }


class DesignFailed(Exception):
    """A design broke in the middle of an evaluation."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class Memory:
    """One instance of a design in one session."""

    def __init__(self, session: Session, broker: Broker, policy: Policy) -> None:
        self._session = session
        self._broker = broker
        self._deadline_s = policy.execution.call_deadline_s
        self._most_bytes = policy.properties.max_output_bytes
        self.closing: Closing | None = None

    @classmethod
    async def open(
        cls,
        design: Design,
        policy: Policy,
        backend: Backend,
        broker: Broker,
        *,
        seed: int,
        watch: Callable[[Session], Awaitable[None]] | None = None,
    ) -> Memory:
        """Start a guest, load the design, make its instance.

        ``watch`` is given the session before anything of the design runs in it. Raises
        DesignFailed, BackendUnavailable or SessionError.
        """
        patient = replace(policy, sandbox=replace(policy.sandbox, wall_s=_LIFETIME_S))
        # The clock moves only when it is read: the same seed gives the same numbers.
        session = await backend.open(
            design, patient, broker=broker, options=GuestOptions(random_seed=seed)
        )
        memory = cls(session, broker, policy)
        try:
            if watch is not None:
                await watch(session)
            await memory._call("load", {}, deadline_s=_LOAD_DEADLINE_S)
            await memory._call("fresh", {})
        except BaseException:
            await memory.close()
            raise
        return memory

    async def retrieve(self, init: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the design has to say before an episode."""
        recorder = {"init": dict(init), "steps": [], "reward": 0.0}
        answer = await self._call("retrieve", {"instance": 0, "recorder": recorder, "start": True})
        result = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(result, dict):
            return {}
        if (size := size_of(result)) > self._most_bytes:
            # The gate has seen no such answer; here it would be an agent's prompt.
            text = f"an answer of {size:,} bytes, more than the {self._most_bytes:,} of the policy"
            raise DesignFailed(Failure(during="retrieve", ending="output", text=text))
        return result

    async def update(self, recorder: Recorder) -> None:
        """Let the design learn from a finished episode."""
        await self._call("update", {"instance": 0, "recorder": dict(recorder)})

    def size_bytes(self) -> int:
        """Resident bytes of the guest, interpreter and libraries included."""
        return self._session.memory_bytes()

    @property
    def served_s(self) -> float:
        """Seconds that calls took."""
        return self._session.served_s

    @property
    def degraded(self) -> tuple[str, ...]:
        """Guards that this host could not give."""
        return self._session.degraded

    async def close(self) -> Closing:
        """End the guest. May be called again."""
        self.closing = await self._session.close()
        return self.closing

    async def _call(
        self, method: str, payload: Mapping[str, Any], *, deadline_s: float | None = None
    ) -> Any:
        try:
            with self._broker.serving(1):
                return await self._session.call(
                    method, payload, deadline_s=deadline_s or self._deadline_s
                )
        except SessionEnded as ended:
            raise _ended(method, ended.closing) from None
        except GuestRaised as raised:
            line = raised.frames[-1].line if raised.frames else 0
            raise DesignFailed(
                Failure(during=method, ending="raised", text=raised.message, line=line)
            ) from None
        except GuestRefused as refused:
            raise DesignFailed(
                Failure(during=method, ending=refused.kind, text=refused.text)
            ) from None


def _ended(method: str, closing: Closing) -> Exception:
    if closing.ending is Ending.INFRASTRUCTURE:
        return SessionError(f"the guest ended: {closing.detail}", hint="run: alma-safe doctor")
    place = hanging_frame(closing.output)
    text = f"the guest ended: {closing.ending.value}, decided by {closing.decided_by}"
    text += f": {closing.detail}" if closing.detail else ""
    return DesignFailed(
        Failure(
            during=method,
            ending=closing.ending.value,
            text=text + (f", while in {place.function}" if place else ""),
            line=place.line if place else 0,
        )
    )
