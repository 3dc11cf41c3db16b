"""The model without a key: hashed n-gram embeddings and extractive answers.

It is no LLM, but the same question gives the same answer on every machine, and texts
that share words are near each other.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest
from alma_safe.sandbox.broker.model import Answer, Tokens, Vectors, estimate

WIDTH = 128
"""Dimensions of the local embedding."""

_EMBEDDED_CHARS = 4000
_ANSWER_CHARS = 400
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_MAX_SCHEMA_DEPTH = 8
_ASKED_CHARS = 20_000
_EXAMPLE_CHARS = 600
_ASKS_FOR_JSON = re.compile(
    r"\b(?:return|answer|reply|respond|output|produce|give|write|emit|format)\b[^.\n]{0,60}"
    r"\bJSON\b(?P<list> (?:array|list))?",
    re.IGNORECASE,
)
_KEY = re.compile(r'"([A-Za-z_]\w{0,40})"\s*:\s*([\[{tf0-9]?)')
_KINDS = {"[": "array", "{": "object", "t": "boolean", "f": "boolean"}
_KINDS.update(dict.fromkeys("0123456789", "number"))


class LocalModel:
    """Deterministic answers without a key."""

    free = True

    async def aclose(self) -> None:
        """Nothing is held."""

    async def chat(self, request: ChatRequest) -> Answer:
        """Extract sentences of the last message; where JSON is asked for, fill it with them."""
        sentences = _sentences(request.messages[-1][1] if request.messages else "")
        schema = request.schema or _described(request.messages)
        if schema is None:
            text = " ".join(sentences)[:_ANSWER_CHARS]
        else:
            text = json.dumps(_fill(schema, sentences, 0))
        asked = sum(estimate(text) for _, text in request.messages)
        return Answer(text=text, tokens=Tokens(input=asked, output=estimate(text)))

    async def embed(self, request: EmbedRequest) -> Vectors:
        """Hash words and word pairs into signed buckets; unit length, or zero for no words."""
        return Vectors(
            rows=tuple(map(_embedding, request.texts)),
            tokens=Tokens(input=sum(map(estimate, request.texts))),
        )


def _sentences(text: str) -> list[str]:
    found = [part.strip() for part in _SENTENCE.findall(text[:20_000])]
    return [part for part in found if len(part) > 3][:6] or ["no detail"]


def _described(messages: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """The schema of JSON that is asked for in words, by the keys of the example; None for text.

    ``Answer as JSON: {"lesson": "...", "steps": [...]}``
    """
    said = "\n".join(text for role, text in messages if role != "assistant")
    found = _ASKS_FOR_JSON.search(said[:_ASKED_CHARS])
    if found is None:
        return None
    example = said[found.end() : found.end() + _EXAMPLE_CHARS]
    kinds = {key: _KINDS.get(start, "string") for key, start in _KEY.findall(example)}
    thing = {"type": "object", "properties": {key: {"type": kinds[key]} for key in kinds}}
    items = thing if kinds else {"type": "string"}
    return {"type": "array", "items": items} if found["list"] else thing


def _embedding(text: str) -> array[float]:
    words = _WORD.findall(text[:_EMBEDDED_CHARS].lower())
    found: dict[int, int] = {}
    for term in (*words, *map(" ".join, pairwise(words))):
        code = zlib.crc32(term.encode("utf-8", "surrogatepass"))
        bucket = code % WIDTH
        found[bucket] = found.get(bucket, 0) + (1 if code & 0x8000_0000 else -1)
    vector = array("f", bytes(4 * WIDTH))
    norm = math.sqrt(sum(count * count for count in found.values()))
    for bucket, count in found.items():
        vector[bucket] = count / norm if norm else 0.0
    return vector


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
