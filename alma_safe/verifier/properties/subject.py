"""The design under test: a guest that is opened, asked, judged, and opened again when it died."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from alma_safe.sandbox.outcome import failure, hanging_frame
from alma_safe.verifier.properties import rules
from alma_safe.verifier.properties.compare import difference, size_of
from alma_safe.verifier.properties.episodes import Operation, Recorder, beginning
from alma_safe.verifier.properties.model import ControlledModel
from alma_safe.verifier.properties.violation import Violation
from alma_safe.verifier.rule import Rule

_MAX_RESTARTS = 8
_LOAD_DEADLINE_S = 30.0
_BATCH = 30


class TooManyDeaths(Exception):
    """The guest died so often that going on would tell nothing new."""


@dataclass(slots=True)
class Memory:
    """One instance of the design in the present guest, and what was done with it."""

    instance: int
    trail: list[Operation] = field(default_factory=list)
    updates: int = 0
    tasks_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How operations are carried out and judged."""

    key: str | None = None
    echo: bool = True
    pause: bool = True
    bounded: bool = True

    def payload(self, memory: Memory, operation: Operation) -> dict[str, Any]:
        """The payload of the guest's method."""
        payload: dict[str, Any] = {
            "instance": memory.instance,
            "recorder": operation["recorder"],
            "echo": self.echo,
            "pause": self.pause,
        }
        return payload if self.key is None else {**payload, "key": self.key}


class Subject:
    """One design in one guest at a time, with a model that the tests control."""

    def __init__(
        self, backend: Backend, design: Design, policy: Policy, *, hash_seed: int, seed: int
    ) -> None:
        self.model = ControlledModel()
        self.checks = 0
        self.class_name = ""
        self.closings: list[Closing] = []
        self.chroma = "none"
        self.degraded: tuple[str, ...] = ()
        self._backend = backend
        self._design = design
        self._policy = policy
        self._options = GuestOptions(hash_seed=hash_seed, random_seed=seed)
        self._deadline_s = policy.properties.call_deadline_s
        self._session: Session | None = None
        self._served_s = 0.0

    @property
    def served_s(self) -> float:
        """Seconds that calls of this design have taken in all its guests."""
        return self._served_s + (self._session.served_s if self._session else 0.0)

    async def close(self) -> None:
        """End the present guest."""
        session, self._session = self._session, None
        if session is not None:
            self.closings.append(await session.close())
            self._served_s += session.served_s

    async def open(self) -> None:
        """Make sure that a guest with the loaded design is there.

        Raises Violation when the design cannot be loaded, TooManyDeaths when it keeps
        dying.
        """
        if self._session is not None:
            return
        if len(self.closings) > _MAX_RESTARTS:
            raise TooManyDeaths
        broker = Broker(self._policy.broker, self.model)
        self._session = await self._backend.open(
            self._design, self._policy, broker=broker, options=self._options
        )
        self.chroma, self.degraded = self._session.chroma, self._session.degraded
        self.checks += 1
        what = "loading the design"
        loaded = await self._ask("load", {}, what, rules.LOAD, deadline_s=_LOAD_DEADLINE_S)
        self.class_name = str(loaded.get("class"))

    async def fresh(self) -> Memory:
        """Construct an instance, with clock and randomness at their start."""
        await self.open()
        what = "constructing the design"
        await self._ask("reset", {}, what, rules.LOAD)
        instance = (await self._ask("construct", {}, what, rules.LOAD)).get("instance")
        if not isinstance(instance, int):
            raise Violation(rule=rules.DIED, message=f"{what} was answered out of protocol")
        return Memory(instance=instance)

    def guest_memory(self) -> int:
        """Resident bytes of the guest now, as the host sees them."""
        return self._live().memory_bytes()

    async def reset(self) -> None:
        """Put clock and randomness back to their start."""
        await self._ask("reset", {}, "waiting for the next call", rules.DIED)

    async def retrieve(
        self,
        memory: Memory,
        recorder: Recorder,
        *,
        bounded: bool = True,
        pause: bool = True,
    ) -> Any:
        """Retrieve and judge the answer; return its JSON object.

        ``bounded`` applies the byte cap; ``pause`` lets half a minute of the frozen
        clock pass first.
        """
        operation: Operation = {"op": "retrieve", "recorder": beginning(recorder)}
        return await self._one(memory, operation, _Asked(bounded=bounded, pause=pause))

    async def update(
        self, memory: Memory, recorder: Recorder, *, key: str | None = None, echo: bool = True
    ) -> None:
        """Update and judge what came of it."""
        operation: Operation = {"op": "update", "recorder": recorder}
        await self._one(memory, operation, _Asked(key=key, echo=echo))

    async def replay(
        self,
        operations: Sequence[Operation],
        *,
        memory: Memory | None = None,
        echo: bool = True,
    ) -> Memory:
        """Carry out operations on ``memory`` or a fresh instance, many to a message.

        What goes wrong is judged like single calls; where a message is not answered in
        time, the whole story is repeated one by one, so that each call has its deadline.
        """
        memory = memory or await self.fresh()
        story = [*memory.trail, *operations]
        asked = _Asked(echo=echo)
        for start in range(0, len(operations), _BATCH):
            batch = operations[start : start + _BATCH]
            calls = [
                {"method": operation["op"], "payload": asked.payload(memory, operation)}
                for operation in batch
            ]
            try:
                outcomes = await self._live().call(
                    "replay", {"calls": calls}, deadline_s=self._deadline_s * 2
                )
            except (GuestRaised, GuestRefused, SessionEnded):
                await self.close()
                return await self._one_by_one(story, asked)
            for operation, outcome in zip(batch, _objects(outcomes), strict=False):
                memory.trail.append(operation)
                await self._judge(memory, operation, asked, outcome)
            if not isinstance(outcomes, list) or len(outcomes) != len(batch):
                raise self._violation(rules.DIED, "calls were answered out of protocol", memory)
        return memory

    async def _one_by_one(self, operations: Sequence[Operation], asked: _Asked) -> Memory:
        memory = await self.fresh()
        for operation in operations:
            await self._one(memory, operation, asked)
        return memory

    async def _one(self, memory: Memory, operation: Operation, asked: _Asked) -> Any:
        """Carry out one operation and judge it."""
        memory.trail.append(operation)
        try:
            value = await self._live().call(
                operation["op"], asked.payload(memory, operation), deadline_s=self._deadline_s
            )
        except (GuestRaised, GuestRefused, SessionEnded) as error:
            self.checks += 1
            raise await self._failed_call(error, memory, operation) from None
        return await self._judge(memory, operation, asked, {"value": value})

    async def _judge(
        self, memory: Memory, operation: Operation, asked: _Asked, outcome: Mapping[str, Any]
    ) -> Any:
        """Judge what one operation came to; return the result of a retrieve."""
        self.checks += 1
        failed = failure(outcome)
        if failed is not None:
            raise await self._failed_call(failed, memory, operation)
        name = f"general_{operation['op']}"
        answer = outcome.get("value")
        if not isinstance(answer, dict):
            raise self._violation(rules.DIED, f"{name} was answered out of protocol", memory)
        after = answer.get("recorder")
        if asked.echo and after != operation["recorder"]:
            raise self._violation(
                rules.RECORDER_CHANGED,
                f"{name} changed the recorder: {difference(operation['recorder'], after)}",
                memory,
            )
        if operation["op"] == "retrieve":
            return self._judge_result(memory, answer.get("result"), bounded=asked.bounded)
        memory.updates += 1
        left = answer.get("tasks")
        memory.tasks_left += left if isinstance(left, int) else 0
        if answer.get("result") is not None:
            raise self._violation(
                rules.UPDATE_RETURNS,
                f"general_update returned {str(answer['result'])[:80]}, not None",
                memory,
            )
        return None

    def _judge_result(self, memory: Memory, result: Any, *, bounded: bool) -> Any:
        if not isinstance(result, dict):
            raise self._violation(rules.NOT_DICT, "general_retrieve returned no dict", memory)
        size = size_of(result)
        cap = self._policy.properties.max_output_bytes
        if bounded and size > cap:
            raise self._violation(
                rules.TOO_LARGE, f"general_retrieve returned {size} bytes, over {cap}", memory
            )
        return result

    async def _failed_call(
        self,
        error: GuestRaised | GuestRefused | SessionEnded,
        memory: Memory,
        operation: Operation,
    ) -> Violation:
        empty = operation["op"] == "retrieve" and memory.updates == 0
        name = f"general_{operation['op']}"
        violation = await self._failed(
            error,
            f"{name} on an empty memory" if empty else name,
            rules.EMPTY if empty else rules.RAISED,
        )
        violation.trail = list(memory.trail)
        return violation

    async def unchanged(self, memory: Memory, key: str, recorder: Recorder) -> None:
        """Check that the recorder given earlier under ``key`` is still what it was."""
        self.checks += 1
        now = await self._ask("recall", {"key": key}, "waiting for the next call", rules.DIED)
        if now and now != recorder:
            raise self._violation(
                rules.ALIASED,
                f"a later call changed an earlier recorder: {difference(recorder, now)}",
                memory,
            )

    async def _ask(
        self,
        method: str,
        payload: Mapping[str, Any],
        what: str,
        rule: Rule,
        *,
        deadline_s: float | None = None,
    ) -> Mapping[str, Any]:
        """Have the guest's runner do something that is no call of the contract."""
        try:
            answer = await self._live().call(
                method, payload, deadline_s=deadline_s or self._deadline_s
            )
        except (GuestRaised, GuestRefused, SessionEnded) as error:
            raise await self._failed(error, what, rule) from None
        if answer is not None and not isinstance(answer, dict):
            raise Violation(rule=rules.DIED, message=f"{what} was answered out of protocol")
        return answer or {}

    def _live(self) -> Session:
        if self._session is None:
            raise TooManyDeaths
        return self._session

    def _violation(self, rule: Rule, message: str, memory: Memory) -> Violation:
        return Violation(rule=rule, message=message, trail=list(memory.trail))

    async def _failed(
        self, error: GuestRaised | GuestRefused | SessionEnded, what: str, rule: Rule
    ) -> Violation:
        """Judge a call that was not answered with a value."""
        if isinstance(error, GuestRaised):
            frame = error.frames[-1] if error.frames else None
            place = f" in {frame.function}" if frame else ""
            return Violation(
                rule=rule,
                message=f"{what} raised {error.message}{place}",
                line=frame.line if frame else 0,
                outage=error.brokered,
                detail={"frames": [[frame.line, frame.function] for frame in error.frames]},
            )
        if isinstance(error, GuestRefused):
            return _refused(error, what, rule)
        await self.close()
        if error.closing.ending is Ending.INFRASTRUCTURE:
            raise SessionError(
                f"{what}: {error.message}: {error.closing.detail}", hint="run: alma-safe doctor"
            )
        return _ended(error.closing, what)


def _objects(outcomes: Any) -> list[Mapping[str, Any]]:
    """The outcomes of a replay, as far as they are objects at all."""
    if not isinstance(outcomes, list):
        return []
    return [outcome if isinstance(outcome, dict) else {} for outcome in outcomes]


def _refused(error: GuestRefused, what: str, rule: Rule) -> Violation:
    by_kind = {
        "bad_result": rules.NOT_DICT,
        "not_json": rules.NOT_JSON,
        "no_design": rules.LOAD,
        "several_designs": rules.LOAD,
    }
    return Violation(rule=by_kind.get(error.kind, rule), message=f"{what}: {error.text}")


def _ended(closing: Closing, what: str) -> Violation:
    by_ending = {
        Ending.TIMEOUT_WALL: rules.SLOW,
        Ending.TIMEOUT_CPU: rules.SLOW,
        Ending.OOM: rules.MEMORY,
    }
    place = hanging_frame(closing.output)
    return Violation(
        rule=by_ending.get(closing.ending, rules.DIED),
        message=f"{what}: the guest ended: {closing.ending.value}, decided by "
        f"{closing.decided_by}{': ' + closing.detail if closing.detail else ''}"
        + (f", while in {place.function}" if place else ""),
        line=place.line if place else 0,
        detail={
            "counters": {**closing.counters, **closing.usage.to_json()},
            "ending": closing.ending.value,
        },
    )
