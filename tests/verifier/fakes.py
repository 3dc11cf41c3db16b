"""Guests that are none: sessions that answer whatever a test wants, without a jail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alma_safe.design import Design
from alma_safe.policy import Policy
from alma_safe.sandbox.base import (
    Capabilities,
    Closing,
    Ending,
    GuestOptions,
    GuestRaised,
    GuestRefused,
    SessionEnded,
    Usage,
)

CALLS = object()
"""The answer to a story: that of each of its calls."""

type Answer = Callable[[str, Mapping[str, Any]], Any]
"""(method, payload) -> result; raises what a session raises."""


class FakeSession:
    """Answers every call with ``answer``; a SessionEnded of it ends the session."""

    chroma = "stand-in"
    degraded = ()
    served_s = 0.0

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._closing: Closing | None = None
        self.calls: list[str] = []

    async def call(
        self, method: str, payload: Mapping[str, Any] | None = None, *, deadline_s: float
    ) -> Any:
        if self._closing is not None:
            raise SessionEnded(self._closing)
        self.calls.append(method)
        try:
            answer = self._answer(method, payload or {})
            if answer is not CALLS:
                return answer
            outcomes: list[Any] = []
            for call in (payload or {})["calls"]:
                outcomes.append(self._outcome(*call))
                if method == "replay" and "value" not in outcomes[-1]:
                    break
            return outcomes
        except SessionEnded as error:
            self._closing = error.closing
            raise

    def _outcome(self, method: str, payload: Mapping[str, Any]) -> Any:
        """What one call of a story comes to, as the guest's runner would say it."""
        try:
            return {"value": self._answer(method, payload)}
        except GuestRaised as error:
            frames = [[frame.line, frame.function] for frame in error.frames]
            return {"raised": {"type": error.type_name, "text": error.text, "frames": frames}}
        except GuestRefused as error:
            return {"refused": {"kind": error.kind, "text": error.text}}

    def guest_pid(self):
        return None

    def memory_bytes(self) -> int:
        return 10_000_000

    async def close(self) -> Closing:
        if self._closing is None:
            self._closing = ended(Ending.COMPLETED)
        return self._closing


class FakeBackend:
    """Opens fake sessions and keeps them for inspection."""

    name = "fake"
    without: frozenset[str] = frozenset()

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.sessions: list[FakeSession] = []
        self.options: list[GuestOptions | None] = []

    async def aclose(self) -> None:
        pass

    async def probe(self) -> Capabilities:
        return Capabilities(backend=self.name, guards=())

    async def open(
        self, design: Design, policy: Policy, *, broker: Any, options: GuestOptions | None = None
    ) -> FakeSession:
        self.options.append(options)
        self.sessions.append(FakeSession(self._answer))
        return self.sessions[-1]


def ended(ending: Ending, *, output: str = "") -> Closing:
    """How a fake guest ended."""
    return Closing(ending=ending, decided_by="test", usage=Usage(cpu_s=0.1), output=output)


def honest(method: str, payload: Mapping[str, Any]) -> Any:
    """What a guest with a design that remembers nothing answers."""
    if method == "load":
        return {"class": "Memory"}
    if method == "construct":
        return {"instance": 1}
    if method == "retrieve":
        return {"result": {}, "recorder": True if payload.get("echo") else None}
    if method == "update":
        return {"result": None, "recorder": True if payload.get("echo") else None, "tasks": 0}
    if method == "fresh":
        return {"instance": 1}
    if method in ("replay", "together"):
        return CALLS
    return None
