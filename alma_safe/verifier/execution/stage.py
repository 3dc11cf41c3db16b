"""The stage: collection, deployment with concurrent retrieves, then the host's measurements."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from typing import Any

from alma_safe.design import Design
from alma_safe.errors import SessionError
from alma_safe.policy import ExecutionPolicy, Policy
from alma_safe.recorders import RecorderSchema
from alma_safe.report import Finding, StageResult
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
from alma_safe.sandbox.broker import Broker, LocalModel
from alma_safe.sandbox.outcome import failure, hanging_frame
from alma_safe.verifier.execution import rules
from alma_safe.verifier.properties.deck import Deck, deck
from alma_safe.verifier.properties.episodes import Recorder
from alma_safe.verifier.properties.snippet import snippet

_HASH_SEED = 1
"""One that the property tests use too: their parent of guests can fork this one."""
_LOAD_DEADLINE_S = 30.0


class ExecutionStage:
    """Runs a workload in a fresh guest with a running clock."""

    name = "execution"

    def __init__(
        self, policy: Policy, backend: Backend, schema: RecorderSchema, *, seed: int = 0
    ) -> None:
        self._policy = policy
        self._backend = backend
        self._deck = deck(schema, policy.properties, policy.execution, seed)

    async def aclose(self) -> None:
        """Nothing is kept between designs."""

    async def run(self, design: Design) -> StageResult:
        """Run the workload of one design. Never raises for what the design does."""
        started = time.monotonic()
        broker = Broker(self._policy.broker, LocalModel())
        session = await self._backend.open(
            design,
            self._policy,
            broker=broker,
            options=GuestOptions(
                hash_seed=_HASH_SEED, frozen_clock=False, material=self._deck.material
            ),
        )
        play = _Play(session, broker, self._policy.execution, self._deck)
        findings: list[Finding] = []
        try:
            async with asyncio.timeout(self._policy.execution.max_wall_s):
                await play.whole()
        except TimeoutError:
            findings.append(
                rules.WALL.finding(
                    f"the workload took more than {self._policy.execution.max_wall_s:g} s "
                    f"and was stopped after {play.calls} of {play.planned} calls"
                )
            )
        except SessionEnded:
            pass
        except (GuestRaised, GuestRefused) as error:
            findings.append(play.failure(error))
        finally:
            # Whoever gave up waiting leaves no guest behind.
            closing = await session.close()
        if closing.ending is Ending.INFRASTRUCTURE:
            raise SessionError(f"the guest ended: {closing.detail}", hint="run: alma-safe doctor")
        findings = [*_measured(closing, broker, self._policy.execution, play), *findings]
        return StageResult.judged(
            self.name,
            tuple(findings),
            checks=play.calls,
            duration_s=time.monotonic() - started,
            usage={
                **closing.usage.to_json(),
                "broker_calls": broker.calls,
                "broker_chars": broker.chars,
                "llm_calls": broker.chat_calls,
                "llm_chars": broker.chat_chars,
                "broker": broker.to_json(),
                "ending": closing.ending.value,
                "counters": dict(closing.counters),
                "recorded": list(self._deck.workload.recorded),
                "chroma": session.chroma,
                "degraded": list(session.degraded),
            },
        )


class _Play:
    """The workload on one instance."""

    def __init__(
        self, session: Session, broker: Broker, policy: ExecutionPolicy, deck: Deck
    ) -> None:
        self._session = session
        self._broker = broker
        self._policy = policy
        self._deck = deck
        self._workload = deck.workload
        self._class_name = ""
        self._last: tuple[str, Recorder] | None = None
        self.calls = 0
        self.planned = 2 + len(self._workload.recorders)

    async def whole(self) -> None:
        """Load, collect, deploy."""
        loaded = await self._session.call("load", {}, deadline_s=_LOAD_DEADLINE_S)
        self._class_name = str(loaded.get("class")) if isinstance(loaded, dict) else ""
        self.calls += 1
        learnt = [self._call("update", recorder) for recorder in self._workload.collection]
        await self._told("replay", [("fresh", {}), *learnt])
        asked = [
            self._call("retrieve", self._deck.beginning(recorder))
            for recorder in self._workload.deployment
        ]
        for wave in itertools.batched(asked, self._policy.concurrency):
            await self._told("together", list(wave))

    def _call(self, method: str, recorder: Recorder) -> tuple[str, dict[str, Any]]:
        """A call on the one instance, its recorder named by its place in the material."""
        position, start = self._deck.place(recorder) or (recorder, False)
        return method, {"instance": 0, "recorder": position, "start": start}

    async def _told(self, method: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
        """Have calls carried out; the first that came to no value ends the play."""
        try:
            with self._broker.serving(len(calls)):
                outcomes = await self._session.call(
                    method, {"calls": calls}, deadline_s=self._policy.call_deadline_s
                )
        except SessionEnded as error:
            self._count(calls, error.outcomes)
            raise
        failed = self._count(calls, outcomes if isinstance(outcomes, list) else [])
        if failed is not None:
            raise failed

    def _count(
        self, calls: list[tuple[str, dict[str, Any]]], outcomes: Sequence[Any]
    ) -> GuestRaised | GuestRefused | None:
        """Count the calls that came to a value, up to the first that did not."""
        for (method, payload), outcome in zip(calls, outcomes, strict=False):
            if "recorder" in payload:
                self._last = method, self._deck.material.recorders[payload["recorder"]]
            failed = failure(outcome if isinstance(outcome, dict) else {})
            if failed is not None:
                return failed
            self.calls += 1
        return None

    def failure(self, error: GuestRaised | GuestRefused) -> Finding:
        """The finding for a call that was not answered with a value."""
        frames = error.frames if isinstance(error, GuestRaised) else ()
        evidence = {}
        what = "loading the design"
        if self._last is not None:
            method, recorder = self._last
            what = f"general_{method}"
            operation = {"op": method, "recorder": recorder}
            evidence = {"snippet": snippet(self._class_name, [operation], error.message)}
        return rules.RAISED.finding(
            f"{what} raised {error.message} after {self.calls} calls",
            line=frames[-1].line if frames else 0,
            evidence=evidence,
        )


def _measured(
    closing: Closing, broker: Broker, policy: ExecutionPolicy, play: _Play
) -> list[Finding]:
    """Compare what the host measured with the policy's budgets."""
    usage = closing.usage
    findings: list[Finding] = []
    if closing.ending is not Ending.COMPLETED:
        place = hanging_frame(closing.output)
        findings.append(
            rules.ENDED.finding(
                f"the guest ended: {closing.ending.value}, decided by {closing.decided_by}"
                f"{': ' + closing.detail if closing.detail else ''}, after {play.calls} of "
                f"{play.planned} calls" + (f", while in {place.function}" if place else ""),
                line=place.line if place else 0,
                evidence={"counters": {**closing.counters, **usage.to_json()}},
            )
        )
    budgets = (
        (rules.CPU, "CPU seconds", usage.cpu_s, policy.max_cpu_s),
        (rules.MEMORY, "MiB at the peak", usage.peak_memory_bytes / 2**20, policy.max_memory_mb),
        (rules.LLM_CALLS, "LLM calls", broker.chat_calls, policy.max_llm_calls),
        (rules.LLM_CHARS, "characters to the LLM", broker.chat_chars, policy.max_llm_chars),
    )
    for rule, unit, used, budget in budgets:
        if used > budget:
            findings.append(
                rule.finding(
                    f"used {_told(used)} {unit}, the budget is {_told(budget)}",
                    evidence={"used": round(float(used), 3), "budget": budget},
                )
            )
    return findings


def _told(amount: float) -> str:
    """A count whole and with its thousands apart, anything else to a few digits."""
    return f"{amount:,.0f}" if amount >= 1000 or amount == int(amount) else f"{amount:.4g}"
