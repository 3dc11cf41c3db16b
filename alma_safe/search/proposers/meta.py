"""Proposes by a language model: it reflects on a parent, writes a design, repairs it.

An outage is waited for; an answer that cannot be used is asked for once more. Nothing of
an answer is believed: a reflection is validated, a source goes through the gate.
"""

from __future__ import annotations

import asyncio
import json
import re
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
from alma_safe.search.proposers.base import Attempt, Brief, Reflection, Written
from alma_safe.search.records import Call

_OUTAGES = 6
_PATIENCE_S = 5.0
_LABELS = ("Useful", "Potentially Useful", "Irrelevant", "Empty/BadFormat")
_PRIORITIES = ("High", "Medium", "Low")
_FENCE = r"[ \t]*(?:python|py|python3)?[ \t]*\n"
_BLOCK = re.compile(rf"^(`{{3,}}|~{{3,}}){_FENCE}(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_OPEN = re.compile(rf"^(?:`{{3,}}|~{{3,}}){_FENCE}(.*)\Z", re.MULTILINE | re.DOTALL)
_FINAL = ("the model is not open to this host", "the model is not known at the endpoint")
_REFUSED = "the model refused the request"
_MAX_ITEMS = 60
_MAX_CHARS = 20_000

_TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "learned_from_suggestion_example", "trajectory_score_assessment",
        "content_quality_issues", "structure_and_coherence", "suggested_changes",
    ],
    "properties": {
        "learned_from_suggestion_example": _TEXT,
        "trajectory_score_assessment": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["label", "how_it_can_help"],
                "properties": {
                    "label": {"type": "string", "enum": list(_LABELS)},
                    "how_it_can_help": _TEXT,
                },
            },
        },
        "content_quality_issues": _TEXT,
        "structure_and_coherence": _TEXT,
        "suggested_changes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["priority", "what", "why"],
                "properties": {
                    "priority": {"type": "string", "enum": list(_PRIORITIES)},
                    "what": _TEXT,
                    "why": _TEXT,
                },
            },
        },
    },
}  # fmt: skip
"""What a reflection is. Source: ALMA's, whose own check of it accepted anything."""


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


def source_of(answer: str) -> str:
    """The first fenced block of an answer; one that was cut off counts, and bare code does."""
    answer = answer.replace("\r\n", "\n")
    found = _BLOCK.search(answer)
    if found is not None:
        return found[2]
    found = _OPEN.search(answer)
    if found is not None:
        return found[1]
    return answer if "class " in answer and "MemoStructure" in answer else ""


def validated(answer: str) -> dict[str, Any]:
    """Read a reflection. Raises ValueError that says what does not fit."""
    found = _BLOCK.search(answer)
    text = found[2] if found is not None else answer
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("it is no JSON object")
    try:
        body = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(body, dict):
        raise ValueError("it is no JSON object")
    checked: dict[str, Any] = {}
    for key, shape in SCHEMA["properties"].items():
        if key not in body:
            raise ValueError(f"{key} is missing")
        checked[key] = _checked(key, body[key], shape)
    if not checked["suggested_changes"]:
        raise ValueError("suggested_changes is empty")
    return checked


def _checked(key: str, value: Any, shape: Mapping[str, Any]) -> Any:
    if shape["type"] == "string":
        if not isinstance(value, str):
            raise ValueError(f"{key} is no text")
        if "enum" in shape and value not in shape["enum"]:
            raise ValueError(f"{key} is none of {', '.join(shape['enum'])}")
        return value[:_MAX_CHARS]
    if not isinstance(value, list):
        raise ValueError(f"{key} is no list")
    items = []
    for item in value[:_MAX_ITEMS]:
        if not isinstance(item, dict):
            raise ValueError(f"{key} holds something else than objects")
        entry = {}
        for name, inner in shape["items"]["properties"].items():
            if name not in item:
                raise ValueError(f"{key}: {name} is missing")
            entry[name] = _checked(f"{key}: {name}", item[name], inner)
        items.append(entry)
    return items
