"""The LLM and the embeddings that designs call: on the host, metered.

Without a key a deterministic local model answers: hashed n-gram embeddings and
extractive answers. It is no LLM, but the same question gives the same answer on
every machine, and texts that share words are near each other.
"""

from __future__ import annotations

import base64
import math
import re
import zlib
from array import array
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Protocol

from alma_safe.policy import BrokerPolicy

WIDTH = 128
"""Dimensions of the local embedding."""

_EMBEDDED_CHARS = 4000
_ANSWER_CHARS = 400
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_MAX_SCHEMA_DEPTH = 8


class BudgetSpent(Exception):
    """The design has used up what the policy grants it."""


class Model(Protocol):
    """What answers brokered calls."""

    async def chat(self, messages: list[Mapping[str, str]], schema: Any) -> str:
        """Return the answer's text; with a schema, JSON text that fits it."""

    async def embed(self, texts: list[str]) -> list[array[float]]:
        """Return one vector of float32 per text."""


class Broker:
    """Counts, bounds and answers the calls of one session."""

    def __init__(self, policy: BrokerPolicy, model: Model) -> None:
        self._policy = policy
        self._model = model
        self.calls = 0
        self.chat_calls = 0
        self.chars = 0
        self.chat_chars = 0

    async def __call__(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """Answer one call; raises for what the design may not have."""
        if kind == "embed":
            texts = payload.get("texts")
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise ValueError("texts must be a list of strings")
            self._spend(sum(map(len, texts)))
            vectors = await self._model.embed(texts)
            flat = b"".join(vector.tobytes() for vector in vectors)
            width = len(vectors[0]) if vectors else 0
            return {"width": width, "data": base64.b64encode(flat).decode("ascii")}
        if kind == "chat":
            messages = _messages(payload.get("messages"))
            chars = sum(len(message["content"]) for message in messages)
            self.chat_calls += 1
            self.chat_chars += chars
            self._spend(chars)
            return await self._model.chat(messages, payload.get("schema"))
        raise ValueError("unknown kind of call")

    def _spend(self, chars: int) -> None:
        self.calls += 1
        self.chars += chars
        if chars > self._policy.max_call_chars:
            raise BudgetSpent(f"one call may send {self._policy.max_call_chars} characters")
        if self.calls > self._policy.max_calls or self.chars > self._policy.max_total_chars:
            raise BudgetSpent("the budget of model calls is spent")


def _messages(value: Any) -> list[Mapping[str, str]]:
    """Check the messages of a chat call: role and text, nothing else."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError("messages must be a list of objects")
    return [
        {"role": str(entry.get("role", "user"))[:20], "content": _text(entry.get("content"))}
        for entry in value
    ]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else str(content)


class LocalModel:
    """Deterministic answers without a key."""

    async def chat(self, messages: list[Mapping[str, str]], schema: Any) -> str:
        """Extract sentences of the last message; with a schema, fill it with them."""
        asked = messages[-1]["content"] if messages else ""
        sentences = _sentences(asked)
        if schema is None:
            return " ".join(sentences)[:_ANSWER_CHARS] or "Nothing to add."
        import json

        return json.dumps(_fill(_object_schema(schema), sentences, 0))

    async def embed(self, texts: list[str]) -> list[array[float]]:
        """Hash words and word pairs into signed buckets; unit length, or zero for no words."""
        return [_embedding(text) for text in texts]


def _sentences(text: str) -> list[str]:
    found = [part.strip() for part in _SENTENCE.findall(text[:20_000])]
    return [part for part in found if len(part) > 3][:6] or ["no detail"]


def _embedding(text: str) -> array[float]:
    words = _WORD.findall(text[:_EMBEDDED_CHARS].lower())
    vector = array("f", bytes(4 * WIDTH))
    for term in (*words, *map(" ".join, pairwise(words))):
        code = zlib.crc32(term.encode("utf-8", "surrogatepass"))
        vector[code % WIDTH] += 1.0 if code & 0x8000_0000 else -1.0
    norm = math.sqrt(sum(value * value for value in vector))
    return array("f", (value / norm for value in vector)) if norm else vector


def _object_schema(schema: Any) -> Mapping[str, Any]:
    """A bare map of properties stands for an object with them (ALMA's prompts teach it)."""
    if not isinstance(schema, dict):
        return {"type": "object"}
    if "type" in schema or "properties" in schema:
        return schema
    return {"type": "object", "properties": schema}


def _fill(schema: Any, sentences: list[str], depth: int) -> Any:
    """Make a value that fits the schema. References are not followed."""
    if not isinstance(schema, dict) or depth > _MAX_SCHEMA_DEPTH:
        return sentences[0]
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    if kind == "object" or (kind is None and isinstance(schema.get("properties"), dict)):
        properties = schema.get("properties")
        items = properties.items() if isinstance(properties, dict) else ()
        rotated = list(enumerate(items))[:64]
        return {
            key: _fill(inner, sentences[index % len(sentences) :] or sentences, depth + 1)
            for index, (key, inner) in rotated
        }
    if kind == "array":
        return [_fill(schema.get("items"), [part], depth + 1) for part in sentences[:2]]
    simple: dict[Any, Any] = {"integer": 1, "number": 0.5, "boolean": True, "null": None}
    return simple.get(kind, " ".join(sentences)[:_ANSWER_CHARS])
