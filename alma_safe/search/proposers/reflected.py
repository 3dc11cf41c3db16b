"""What a reflection is, and reading one from an answer. Nothing of an answer is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from alma_safe.search.proposers.answers import blocks

_LABELS = ("Useful", "Potentially Useful", "Irrelevant", "Empty/BadFormat")
_PRIORITIES = ("High", "Medium", "Low")
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


def validated(answer: str) -> dict[str, Any]:
    """Read a reflection. Raises ValueError that says what does not fit."""
    body = _decoded(answer)
    checked: dict[str, Any] = {}
    for key, shape in SCHEMA["properties"].items():
        if key not in body:
            raise ValueError(f"{key} is missing")
        checked[key] = _checked(key, body[key], shape)
    if not checked["suggested_changes"]:
        raise ValueError("suggested_changes is empty")
    return checked


def _decoded(answer: str) -> dict[str, Any]:
    wrong = "it is no JSON object"
    for text in _texts(answer):
        start, end = text.find("{"), text.rfind("}")
        if start < 0 or end < start:
            continue
        try:
            body = json.loads(text[start : end + 1])
        except (ValueError, RecursionError):
            wrong = "it is no JSON"
            continue
        if isinstance(body, dict):
            return body
    raise ValueError(wrong)


def _texts(answer: str) -> Iterator[str]:
    """Where the object may stand: what says that it is JSON first, all of the answer last."""
    found = blocks(answer)
    yield from (each.text for each in found if each.info.lower().startswith("json"))
    yield from (each.text for each in found if not each.info.lower().startswith("json"))
    yield answer


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
