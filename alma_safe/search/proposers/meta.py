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
from alma_safe.errors import InfrastructureError
from alma_safe.policy import Policy, Price
from alma_safe.sandbox.broker.asked import ChatRequest
from alma_safe.sandbox.broker.model import Answer, Model, ModelDown
from alma_safe.search import prompting
from alma_safe.search.proposers.answers import source_of
from alma_safe.search.proposers.base import Attempt, Brief, Reflection, Written
from alma_safe.search.proposers.reflected import SCHEMA, validated
from alma_safe.search.records import Call

_OUTAGES = 6
_PATIENCE_S = 5.0
_FINAL = ("the model is not open to this host", "the model is not known at the endpoint")
_REFUSED = "the model refused the request"
_MAX_CHARS = 20_000


@dataclass(slots=True, kw_only=True)
class MetaAgent:
    """See :class:`alma_safe.search.proposers.base.Proposer`.

    ``sleep`` waits between attempts at a model that is down.
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
    _systems: dict[str, str] = field(default_factory=dict)

    async def reflect(self, brief: Brief) -> Reflection:
        """Ask for a reflection; one that does not fit the schema is asked for once more."""
        asked = prompting.reflection(brief)
        calls: list[Call] = []
        turns = [("user", asked)]
        wrong = ""
        for _ in range(2):
            answer = await self._ask("reflect", brief, turns, calls, schema=SCHEMA)
            try:
                return Reflection(body=validated(answer), calls=tuple(calls))
            except ValueError as error:
                wrong = str(error)
                turns = [
                    ("user", asked),
                    ("assistant", answer[:_MAX_CHARS] or "-"),
                    (
                        "user",
                        f"That is not what was asked for: {wrong}. Answer again, with JSON alone.",
                    ),
                ]
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
        for _ in range(2):
            answer = await self._ask(role, brief, turns, calls)
            source = source_of(answer)
            if source and len(source.encode("utf-8", "replace")) <= MAX_BYTES:
                detail = {"prompt": asked, "reply": answer[: 2 * MAX_BYTES]}
                return Written(
                    source=source.encode("utf-8", "replace"), detail=detail, calls=tuple(calls)
                )
            turns = [
                ("user", asked),
                ("assistant", answer[:_MAX_CHARS] or "-"),
                ("user", "There is no module in that. Answer with one fenced block of Python."),
            ]
        return Written(source=b"", calls=tuple(calls), note="the model wrote no module, twice")

    async def _ask(
        self,
        role: str,
        brief: Brief,
        turns: Sequence[tuple[str, str]],
        calls: list[Call],
        schema: Mapping[str, Any] | None = None,
    ) -> str:
        """Ask until there is an answer. Raises InfrastructureError where there is none."""
        request = ChatRequest(
            model=self.model_name,
            messages=(("system", self._system(brief.lessons)), *turns),
            schema=schema,
            effort=self.effort,
            max_tokens=self.max_tokens,
        )
        for attempt in range(_OUTAGES):
            try:
                answer = await self.model.chat(request)
            except ModelDown as down:
                if str(down) == _REFUSED:
                    return ""  # too long, or not to its taste: no answer rather than no model
                if attempt + 1 == _OUTAGES or str(down) in _FINAL:
                    raise InfrastructureError(
                        f"the meta agent's model cannot be asked: {down}",
                        hint="nothing is lost: go on with --resume once it answers again\n"
                        + getattr(self.model, "hint", ""),
                    ) from None
                await self.sleep(_PATIENCE_S * 2**attempt)
                continue
            calls.append(self._call(role, answer))
            return answer.text
        raise AssertionError

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
