"""Proposes by a language model: it reflects on a parent, writes a design, repairs it.

An outage is waited for; an answer that cannot be used is asked for once more. Nothing of
an answer is believed: a reflection is validated, a source goes through the gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alma_safe.design import MAX_BYTES
from alma_safe.domains.pack import Pack
from alma_safe.policy import Policy, Price
from alma_safe.sandbox.broker.asked import ChatRequest
from alma_safe.sandbox.broker.endpoint import REFUSED
from alma_safe.sandbox.broker.model import Answer, Model, ModelDown
from alma_safe.search import prompting
from alma_safe.search.proposers.answers import source_of
from alma_safe.search.proposers.base import Attempt, Brief, Reflection, Stopped, Unfinished, Written
from alma_safe.search.proposers.reflected import SCHEMA, validated
from alma_safe.search.records import Call
from alma_safe.text import visible

_OUTAGES = 6
_PATIENCE_S = 5.0
_MAX_CHARS = 20_000
_KIB = MAX_BYTES // 1024
_SMALLER = "Answer with a smaller one, in one fenced block of Python."


@dataclass(slots=True, kw_only=True)
class MetaAgent:
    """See :class:`alma_safe.search.proposers.base.Proposer`.

    ``sleep`` waits between attempts at a model that is down. ``answered``: whether the run
    has had an answer; before there is one, a request that is refused is refused for what it
    asks of the endpoint, and the run ends.
    """

    model: Model
    model_name: str
    effort: str | None
    price: Price
    pack: Pack
    policy: Policy
    max_tokens: int = 32_000
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    name: str = "openai"
    reflects: bool = True
    answered: bool = False
    _systems: dict[str, str] = field(default_factory=dict)

    async def reflect(self, brief: Brief) -> Reflection:
        """Ask for a reflection; one that does not fit the schema is asked for once more."""
        asked = prompting.reflection(brief)
        calls: list[Call] = []
        turns = [("user", asked)]
        wrong = ""
        for _ in range(2):
            try:
                answer = await self._ask("reflect", brief, turns, calls, schema=SCHEMA)
                return Reflection(body=validated(answer.text), calls=tuple(calls))
            except _Refused as error:
                wrong = str(error)
                break
            except ValueError as error:
                wrong = _silent(answer) or str(error)
                again = f"That is not what was asked for: {error}. Answer again, with JSON alone."
                turns = _turns(asked, answer, again)
        return Reflection(calls=tuple(calls), note=f"no reflection: {wrong}")

    async def propose(self, brief: Brief, reflection: Mapping[str, Any]) -> Written:
        """Ask for a design."""
        return await self._written("propose", brief, prompting.proposal(brief, reflection))

    async def repair(self, brief: Brief, attempts: Sequence[Attempt]) -> Written:
        """Ask for the last attempt anew."""
        return await self._written("repair", brief, prompting.repair(attempts))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.model.aclose()

    async def _written(self, role: str, brief: Brief, asked: str) -> Written:
        calls: list[Call] = []
        turns = [("user", asked)]
        notes: list[str] = []
        for _ in range(2):
            try:
                answer = await self._ask(role, brief, turns, calls)
            except _Refused as error:
                # The same words again would be refused again.
                notes.append(str(error))
                break
            source = source_of(answer.text).encode("utf-8", "replace")
            if source and len(source) <= MAX_BYTES:
                detail = {"prompt": asked, "reply": answer.text[: 2 * MAX_BYTES]}
                return Written(source=source, detail=detail, calls=tuple(calls))
            if source:
                notes.append(f"the model wrote a module above {_KIB} KiB")
                again = (
                    f"That module has {len(source)} bytes; {MAX_BYTES} are the most. " + _SMALLER
                )
            else:
                notes.append(_silent(answer) or "the model wrote no module")
                again = "There is no module in that. Answer with one fenced block of Python."
            turns = _turns(asked, answer, again)
        return Written(source=b"", calls=tuple(calls), note=_told(notes))

    async def _ask(
        self,
        role: str,
        brief: Brief,
        turns: Sequence[tuple[str, str]],
        calls: list[Call],
        schema: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask until there is an answer, and note what it cost.

        Raises Unfinished where there is none, _Refused where the endpoint will not have the
        request.
        """
        request = ChatRequest(
            model=self.model_name,
            messages=(("system", self._system(brief.lessons)), *turns),
            schema=schema,
            effort=self.effort,
            max_tokens=self.max_tokens,
        )
        for attempt in range(_OUTAGES):
            try:
                answer = await self._asked(request, last=attempt + 1 == _OUTAGES, calls=calls)
                if answer is None:
                    await self.sleep(_PATIENCE_S * 2**attempt)
                    continue
            except asyncio.CancelledError:
                raise Stopped(tuple(calls)) from None
            calls.append(self._call(role, answer))
            return answer
        raise AssertionError

    async def _asked(
        self, request: ChatRequest, *, last: bool, calls: Sequence[Call]
    ) -> Answer | None:
        """One try; None where another one is worth the wait."""
        try:
            answer = await self.model.chat(request)
        except ModelDown as down:
            status = f" (HTTP {down.status})" if down.status else ""
            if str(down) == REFUSED and self.answered:
                # Too long, or not to its taste: no answer rather than no model.
                raise _Refused(f"the endpoint refused the request{status}") from None
            if last or down.final or str(down) == REFUSED:
                raise Unfinished(
                    f"the meta agent's model cannot be asked: {down}{status}",
                    hint="nothing is lost: go on with --resume once it answers\n"
                    + self._hint(down),
                    calls=tuple(calls),
                ) from None
            return None
        self.answered = True
        return answer

    def _hint(self, down: ModelDown) -> str:
        if str(down) == REFUSED:
            effort = f" with the effort {self.effort}" if self.effort else ""
            return f"see whether the endpoint has the model {visible(self.model_name, 80)}{effort}"
        return getattr(self.model, "hint", "")

    def _call(self, role: str, answer: Answer) -> Call:
        used = answer.tokens
        usd = (used.input * self.price.input + used.output * self.price.output) / 1e6
        return Call(
            role=role,
            model=self.model_name,
            input_tokens=used.input,
            output_tokens=used.output,
            usd=round(usd, 8),
        )

    def _system(self, lessons: str) -> str:
        if lessons not in self._systems:
            self._systems[lessons] = prompting.system(self.pack, self.policy, lessons)
        return self._systems[lessons]


class _Refused(Exception):
    """The endpoint will not have a request. The message is the note of what came of it."""


def _silent(answer: Answer) -> str:
    """What to call an answer that says nothing; empty for one that says something."""
    if answer.refused:
        return "the model refused to answer"
    return "" if answer.text.strip() else "the model answered nothing"


def _turns(asked: str, answer: Answer, again: str) -> list[tuple[str, str]]:
    return [("user", asked), ("assistant", answer.text[:_MAX_CHARS] or "-"), ("user", again)]


def _told(notes: Sequence[str]) -> str:
    """What became of two answers, in one line."""
    once = list(dict.fromkeys(notes))
    return f"{once[0]}, twice" if len(notes) > len(once) else ", then ".join(once)
