"""What an answer of a guest means: the verdicts on single calls, reached on the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma_safe.errors import SessionError
from alma_safe.policy import Policy
from alma_safe.sandbox.base import Closing, Ending, GuestRaised, GuestRefused, SessionEnded
from alma_safe.sandbox.outcome import failure, hanging_frame
from alma_safe.verifier.properties import rules
from alma_safe.verifier.properties.advice import about_raised, about_refused
from alma_safe.verifier.properties.compare import difference, size_of
from alma_safe.verifier.properties.deck import Deck
from alma_safe.verifier.properties.steps import Memory, Step
from alma_safe.verifier.properties.violation import Violation
from alma_safe.verifier.rule import Rule

type NoValue = GuestRaised | GuestRefused | SessionEnded
"""A call that was not answered with a value."""

_LEARNT = {"value": {"result": None, "recorder": True, "tasks": 0}}
_LEARNT_UNSEEN = {"value": {"result": None, "recorder": None, "tasks": 0}}
"""What most updates come to: nothing there to judge, in as little time as that takes."""

_WAITING = "waiting for the next call"
_WHAT = {"fresh": "constructing the design", "load": "loading the design"}


class Judge:
    """Judges outcomes one by one; ``checks`` counts them."""

    def __init__(self, policy: Policy, deck: Deck) -> None:
        self.checks = 0
        self._max_bytes = policy.properties.max_output_bytes
        self._deck = deck

    def step(
        self, step: Step, outcome: Mapping[str, Any], memory: Memory, answers: list[Any]
    ) -> Memory:
        """Judge one step of a story; return the instance that the next step is about.

        The answer of a retrieve is added to ``answers``. Raises Violation.
        """
        if step.called:
            memory.trail.append(step.operation)
            if step.op == "update" and outcome == (_LEARNT if step.echo else _LEARNT_UNSEEN):
                self.checks += 1
                memory.updates += 1
                return memory
            answer = self.call(step, outcome, memory)
            if step.op == "retrieve":
                answers.append(answer)
            return memory
        failed = failure(outcome)
        if failed is not None:
            raise self.failed(failed, step, memory)
        value = outcome.get("value")
        if step.op == "fresh":
            return Memory(instance=_instance(value))
        if step.op == "recall":
            self._recalled(step, value, memory)
        return memory

    def call(self, step: Step, outcome: Mapping[str, Any], memory: Memory) -> Any:
        """Judge what one call of the contract came to; return the result of a retrieve."""
        failed = failure(outcome)
        if failed is not None:
            raise self.failed(failed, step, memory)
        self.checks += 1
        name = f"general_{step.op}"
        answer = outcome.get("value")
        if not isinstance(answer, dict):
            raise violated(rules.DIED, f"{name} was answered out of protocol", memory)
        after = answer.get("recorder")
        # ``true``: what was given. It is the guest's word, as any other value here would be.
        if step.echo and after is not True and after != self._deck.shown(step):
            raise violated(
                rules.RECORDER_CHANGED,
                f"{name} changed the recorder: {difference(self._deck.shown(step), after)}",
                memory,
            )
        if step.op == "retrieve":
            return self._result(answer.get("result"), step, memory)
        memory.updates += 1
        left = answer.get("tasks")
        memory.tasks_left += left if isinstance(left, int) else 0
        if answer.get("result") is not None:
            raise violated(
                rules.UPDATE_RETURNS,
                f"general_update returned {str(answer['result'])[:80]}, not None",
                memory,
            )
        return None

    def failed(self, error: NoValue, step: Step, memory: Memory) -> Violation:
        """Judge a step that came to no value; SessionError when that was a fault of ours."""
        self.checks += 1
        if not step.called:
            rule = rules.LOAD if step.op in _WHAT else rules.DIED
            return _violation(error, _WHAT.get(step.op, _WAITING), rule)
        if isinstance(error, GuestRaised):
            given = self._deck.shown(step)
            hint = about_raised(error.type_name, error.text, given, brokered=error.brokered)
        else:
            hint = ""
        empty = step.op == "retrieve" and memory.updates == 0
        name = f"general_{step.op}"
        violation = _violation(
            error,
            f"{name} on an empty memory" if empty else name,
            rules.EMPTY if empty else rules.RAISED,
        )
        violation.trail = list(memory.trail)
        violation.hint = violation.hint or hint
        return violation

    def _result(self, result: Any, step: Step, memory: Memory) -> Any:
        if not isinstance(result, dict):
            raise violated(rules.NOT_DICT, "general_retrieve returned no dict", memory)
        if step.bounded and (size := size_of(result)) > self._max_bytes:
            raise violated(
                rules.TOO_LARGE,
                f"general_retrieve returned {size} bytes, over {self._max_bytes}",
                memory,
            )
        return result

    def _recalled(self, step: Step, now: Any, memory: Memory) -> None:
        self.checks += 1
        if now and now is not True and now != step.recorder:
            raise violated(
                rules.ALIASED,
                f"a later call changed an earlier recorder: {difference(step.recorder, now)}",
                memory,
            )


def violated(rule: Rule, message: str, memory: Memory) -> Violation:
    """A property that what was done with ``memory`` has shown not to hold."""
    return Violation(rule=rule, message=message, trail=list(memory.trail))


def _instance(value: Any) -> int:
    instance = value.get("instance") if isinstance(value, dict) else None
    if not isinstance(instance, int):
        raise Violation(rule=rules.DIED, message=f"{_WHAT['fresh']} was answered out of protocol")
    return instance


def _violation(error: NoValue, what: str, rule: Rule) -> Violation:
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
    if error.closing.ending is Ending.INFRASTRUCTURE:
        raise SessionError(
            f"{what}: {error.message}: {error.closing.detail}", hint="run: alma-safe doctor"
        )
    return _ended(error.closing, what)


def _refused(error: GuestRefused, what: str, rule: Rule) -> Violation:
    by_kind = {
        "bad_result": rules.NOT_DICT,
        "not_json": rules.NOT_JSON,
        "no_design": rules.LOAD,
        "several_designs": rules.LOAD,
    }
    return Violation(
        rule=by_kind.get(error.kind, rule),
        message=f"{what}: {error.text}",
        hint=about_refused(error.text) if error.kind == "not_json" else "",
    )


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
